-- an extension
CREATE EXTENSION IF NOT EXISTS plpgsql;
