-- plain
-- refused: MySQL can't do this: op.create_sequence (there are no sequences); use an auto-incrementing column

-- options
-- refused: MySQL can't do this: op.create_sequence (there are no sequences); use an auto-incrementing column
