-- a table
DROP TABLE posts;

-- that may not be there
DROP TABLE IF EXISTS nothing;

-- with what depends on it
DROP TABLE users CASCADE;
