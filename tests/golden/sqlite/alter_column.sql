-- rename
ALTER TABLE users RENAME COLUMN note TO remark;

-- type
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- type with using
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- nullability
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- set default
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- drop default
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- comment
-- refused: SQLite can't do this: op.alter_column with a comment (there are no comments); leave it out

-- everything at once
-- refused: SQLite can't do this: op.alter_column with a comment (there are no comments); leave it out

-- nothing
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- auto-increment
-- refused: SQLite can't do this: op.alter_column of a table that has to be made anew; create a new table and copy the rows

-- identity
-- refused: SQLite can't do this: identity with start; a rowid counts from 1, one at a time
