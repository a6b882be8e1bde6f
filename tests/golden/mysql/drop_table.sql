-- a table
DROP TABLE posts;

-- that may not be there
DROP TABLE IF EXISTS nothing;

-- with what depends on it
-- refused: MySQL can't do this: cascade; drop the foreign keys that reference the table first
