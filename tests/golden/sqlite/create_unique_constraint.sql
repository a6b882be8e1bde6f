-- named
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows

-- unnamed
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows

-- deferrable
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows

-- with included columns
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows

-- NULLs equal
-- refused: SQLite can't do this: op.create_unique_constraint of a table that has to be made anew; create a new table and copy the rows
