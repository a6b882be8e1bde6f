-- an extension
DROP EXTENSION IF EXISTS nothing;
