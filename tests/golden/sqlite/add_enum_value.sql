-- at the end
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- before another
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows
