-- plain
-- refused: SQLite can't do this: op.create_sequence (there are no sequences); use an auto-incrementing primary key

-- options
-- refused: SQLite can't do this: op.create_sequence (there are no sequences); use an auto-incrementing primary key
