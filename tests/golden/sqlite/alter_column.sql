-- rename
ALTER TABLE users RENAME COLUMN note TO remark;

-- type
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- type with using
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- nullability
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- set default
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- drop default
-- refused: op.alter_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- comment
-- refused: SQLite can't do this: op.alter_column with a comment (there are no comments); leave it out

-- everything at once
-- refused: SQLite can't do this: op.alter_column with a comment (there are no comments); leave it out

-- nothing
-- (no statement)

-- auto-increment
-- refused: op.alter_column: SQLite has to make plain anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- identity
-- refused: SQLite can't do this: identity with start; a rowid counts from 1, one at a time
