-- at the end
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- before another
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline
