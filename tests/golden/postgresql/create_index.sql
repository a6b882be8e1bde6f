-- columns
CREATE INDEX ix_users_role_age ON users (role, age);

-- without a name
CREATE INDEX ix_users_age ON users (age);

-- unique
CREATE UNIQUE INDEX ux ON users (age);

-- expression
CREATE INDEX ix_lower ON users (lower(email));

-- expression with an operator
CREATE INDEX ix_sum ON users ((age + 1) DESC);

-- descending
CREATE INDEX ix_desc ON users (age DESC);

-- partial
CREATE INDEX ix_part ON users (email) WHERE age > 3;

-- method
CREATE INDEX ix_hash ON users USING hash (email);

-- included columns
CREATE INDEX ix_inc ON users (email) INCLUDE (age);

-- operator class
CREATE INDEX ix_ops ON users (email varchar_pattern_ops);

-- NULLs equal
CREATE UNIQUE INDEX ux_nulls ON users (age) NULLS NOT DISTINCT;

-- prefix
CREATE INDEX ix_note ON users (note);

-- that may be there
CREATE INDEX IF NOT EXISTS ix_users_role ON users (role);

-- concurrently
CREATE INDEX CONCURRENTLY ix_conc ON users (age);
