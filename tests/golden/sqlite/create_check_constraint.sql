-- that may be there
-- refused: SQLite can't do this: op.create_check_constraint of a table that has to be made anew; create a new table and copy the rows

-- named
-- refused: SQLite can't do this: op.create_check_constraint of a table that has to be made anew; create a new table and copy the rows

-- not valid
-- refused: SQLite can't do this: not_valid; existing rows are always checked here; leave it out
