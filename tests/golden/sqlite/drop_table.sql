-- a table
DROP TABLE posts;

-- that may not be there
DROP TABLE IF EXISTS "nothing";

-- with what depends on it
-- refused: SQLite can't do this: cascade; drop what references the table first
