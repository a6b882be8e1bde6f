-- several changes
ALTER TABLE users ADD COLUMN a INTEGER, ADD COLUMN b TEXT, DROP COLUMN note;
CREATE INDEX ix_a ON users (age);

-- a change of what was just changed
ALTER TABLE users ADD COLUMN a INTEGER;
UPDATE users SET a = 1;
CREATE INDEX ix_a ON users (a);
