-- named
-- refused: op.create_foreign_key: SQLite has to make teams anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- unnamed
-- refused: op.create_foreign_key: SQLite has to make teams anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- not valid
-- refused: SQLite can't do this: not_valid; existing rows are always checked here; leave it out

-- deferrable
-- refused: op.create_foreign_key: SQLite has to make teams anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- set default
-- refused: op.create_foreign_key: SQLite has to make teams anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline
