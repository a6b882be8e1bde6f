-- named
ALTER TABLE users ADD CONSTRAINT uq_role_age UNIQUE (role, age);

-- unnamed
ALTER TABLE users ADD UNIQUE (age);

-- deferrable
-- refused: MySQL can't do this: deferrable constraints; leave deferrable and initially out

-- with included columns
-- refused: MySQL can't do this: include (columns carried in an index); leave it out

-- NULLs equal
-- refused: MySQL can't do this: nulls_not_distinct; a unique index over an expression such as op.sql "coalesce(a, '')" does the same
