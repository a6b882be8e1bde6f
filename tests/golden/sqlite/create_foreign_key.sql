-- named
-- refused: SQLite can't do this: op.create_foreign_key of a table that has to be made anew; create a new table and copy the rows

-- unnamed
-- refused: SQLite can't do this: op.create_foreign_key of a table that has to be made anew; create a new table and copy the rows

-- not valid
-- refused: SQLite can't do this: not_valid; existing rows are always checked here; leave it out

-- deferrable
-- refused: SQLite can't do this: op.create_foreign_key of a table that has to be made anew; create a new table and copy the rows

-- set default
-- refused: SQLite can't do this: op.create_foreign_key of a table that has to be made anew; create a new table and copy the rows
