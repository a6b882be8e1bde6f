-- several changes
-- refused: op.add_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- a change of what was just changed
ALTER TABLE users ADD COLUMN a INTEGER;
UPDATE users SET a = 1;
CREATE INDEX ix_a ON users (a);
