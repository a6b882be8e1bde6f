-- a table
ALTER TABLE users COMMENT = '';
