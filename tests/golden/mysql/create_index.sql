-- columns
CREATE INDEX ix_users_role_age ON users (role, age);

-- without a name
CREATE INDEX ix_users_age ON users (age);

-- unique
CREATE UNIQUE INDEX ux ON users (age);

-- expression
CREATE INDEX ix_lower ON users ((lower(email)));

-- expression with an operator
CREATE INDEX ix_sum ON users ((age + 1) DESC);

-- descending
CREATE INDEX ix_desc ON users (age DESC);

-- partial
-- refused: MySQL can't do this: where on an index (a partial index); leave it out, or index a generated column that is NULL elsewhere

-- method
CREATE INDEX ix_hash ON users (email) USING HASH;

-- included columns
-- refused: MySQL can't do this: include (columns carried in an index); leave it out

-- operator class
-- refused: MySQL can't do this: ops (operator classes); leave it out, or use op.by_dialect

-- NULLs equal
-- refused: MySQL can't do this: nulls_not_distinct; a unique index over an expression such as op.sql "coalesce(a, '')" does the same

-- prefix
CREATE INDEX ix_note ON users (note(20));

-- that may be there
SET @curlew_sql = IF(NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND INDEX_NAME = 'ix_users_role'), 'CREATE INDEX ix_users_role ON users (role)', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;

-- concurrently
CREATE INDEX ix_conc ON users (age) LOCK=NONE;
