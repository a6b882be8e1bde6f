-- an enum
CREATE TYPE mood AS ENUM ('a');
DROP TYPE mood;

-- that may not be there
DROP TYPE IF EXISTS nothing;
