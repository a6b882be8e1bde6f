-- that may not be there
-- refused: SQLite can't do this: op.drop_constraint of a table that has to be made anew; create a new table and copy the rows

-- foreign key
-- refused: SQLite can't do this: op.drop_constraint of a table that has to be made anew; create a new table and copy the rows

-- unique
-- refused: SQLite can't do this: op.drop_constraint of a table that has to be made anew; create a new table and copy the rows

-- check
-- refused: SQLite can't do this: op.drop_constraint of a table that has to be made anew; create a new table and copy the rows

-- primary key
-- refused: SQLite can't do this: op.drop_constraint of a table that has to be made anew; create a new table and copy the rows

-- of any type
-- refused: SQLite can't do this: op.drop_constraint of a table that has to be made anew; create a new table and copy the rows
