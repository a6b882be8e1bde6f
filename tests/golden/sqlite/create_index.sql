-- columns
CREATE INDEX ix_users_role_age ON users (role, age);

-- without a name
CREATE INDEX ix_users_age ON users (age);

-- unique
CREATE UNIQUE INDEX ux ON users (age);

-- expression
CREATE INDEX ix_lower ON users (lower(email));

-- expression with an operator
CREATE INDEX ix_sum ON users (age + 1 DESC);

-- descending
CREATE INDEX ix_desc ON users (age DESC);

-- partial
CREATE INDEX ix_part ON users (email) WHERE age > 3;

-- method
-- refused: SQLite can't do this: index method "hash"; leave it out: every index is a B-tree

-- included columns
-- refused: SQLite can't do this: include (columns carried in an index); leave it out

-- operator class
-- refused: SQLite can't do this: ops (operator classes); leave it out, or use op.by_dialect

-- NULLs equal
-- refused: SQLite can't do this: nulls_not_distinct; a unique index over an expression such as op.sql "coalesce(a, '')" does the same

-- prefix
CREATE INDEX ix_note ON users (note);

-- that may be there
CREATE INDEX IF NOT EXISTS ix_users_role ON users (role);

-- concurrently
CREATE INDEX ix_conc ON users (age);
