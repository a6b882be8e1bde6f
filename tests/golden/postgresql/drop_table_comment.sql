-- a table
COMMENT ON TABLE users IS NULL;
