-- named
-- refused: op.create_unique_constraint: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- unnamed
-- refused: op.create_unique_constraint: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- deferrable
-- refused: SQLite can't do this: deferrable on a unique constraint; only foreign keys can wait here

-- with included columns
-- refused: SQLite can't do this: include (columns carried in an index); leave it out

-- NULLs equal
-- refused: SQLite can't do this: nulls_not_distinct; a unique index over an expression such as op.sql "coalesce(a, '')" does the same
