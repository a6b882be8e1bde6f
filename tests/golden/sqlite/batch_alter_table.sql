-- several changes
-- refused: SQLite can't do this: op.add_column of a table that has to be made anew; create a new table and copy the rows

-- a change of what was just changed
ALTER TABLE users ADD COLUMN a INTEGER;
UPDATE users SET a = 1;
CREATE INDEX ix_a ON users (a);
