-- named
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows

-- unnamed
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows

-- deferrable
-- refused: SQLite can't do this: deferrable on a unique constraint; only foreign keys can wait here

-- with included columns
-- refused: SQLite can't do this: include (columns carried in an index); leave it out

-- NULLs equal
-- refused: SQLite can't do this: nulls_not_distinct; a unique index over an expression such as op.sql "coalesce(a, '')" does the same
