-- that may be there
-- refused: op.create_check_constraint: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- named
-- refused: op.create_check_constraint: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- not valid
-- refused: SQLite can't do this: not_valid; existing rows are always checked here; leave it out
