-- a function
-- refused: SQLite can't do this: op.create_function (there are no stored functions); guard it by ctx.dialect

-- in its own language, in place of another
-- refused: SQLite can't do this: op.create_function (there are no stored functions); guard it by ctx.dialect
