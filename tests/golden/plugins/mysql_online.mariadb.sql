-- a column
ALTER TABLE orders ADD COLUMN note VARCHAR(20), ADD INDEX ix_orders_note (note), ALGORITHM=INPLACE, LOCK=NONE;
-- back: ALTER TABLE orders DROP COLUMN note, ALGORITHM=INSTANT

-- a column, chosen otherwise
ALTER TABLE shop.orders ADD COLUMN note VARCHAR(20), ALGORITHM=INPLACE, LOCK=SHARED;
-- back: ALTER TABLE shop.orders DROP COLUMN note, ALGORITHM=INSTANT

-- a column that goes
ALTER TABLE orders DROP COLUMN note, ALGORITHM=INSTANT;
-- back: (can't be reversed)

-- another name
ALTER TABLE orders RENAME COLUMN note TO remark, ALGORITHM=INSTANT;
-- back: ALTER TABLE orders RENAME COLUMN remark TO note, ALGORITHM=INSTANT

-- a longer text
ALTER TABLE orders MODIFY COLUMN note VARCHAR(30), ALGORITHM=INPLACE, LOCK=NONE;
-- back: (can't be reversed)

-- another default
ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x', ALGORITHM=INSTANT;
-- back: (can't be reversed)

-- an index
ALTER TABLE orders ADD UNIQUE INDEX by_note (note), ALGORITHM=INPLACE, LOCK=NONE;
-- back: ALTER TABLE orders DROP INDEX by_note, ALGORITHM=INPLACE, LOCK=NONE

-- an index that goes
ALTER TABLE orders DROP INDEX by_note, ALGORITHM=INPLACE, LOCK=NONE;
-- back: (can't be reversed)

-- a unique constraint
ALTER TABLE orders ADD CONSTRAINT u UNIQUE (a, b), ALGORITHM=INPLACE, LOCK=NONE;
-- back: ALTER TABLE orders DROP INDEX u, ALGORITHM=INPLACE, LOCK=NONE

-- a foreign key
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id), ALGORITHM=INPLACE, LOCK=NONE;
-- back: ALTER TABLE orders DROP FOREIGN KEY fk, ALGORITHM=INPLACE, LOCK=NONE

-- a constraint that goes
ALTER TABLE orders DROP FOREIGN KEY fk, ALGORITHM=INPLACE, LOCK=NONE;
-- back: (can't be reversed)

-- MariaDB's own
ALTER TABLE t ADD INDEX i (a), ALGORITHM=NOCOPY, LOCK=NONE;
-- back: ALTER TABLE t DROP INDEX i, ALGORITHM=INPLACE, LOCK=NONE

-- a copy
-- refused: op.online_drop_column: a copy is what op.online_drop_column keeps away; call op.drop_column for it

-- no such algorithm
-- refused: op.online_drop_column: there is no algorithm "magic"

-- no such lock
-- refused: op.online_drop_column: lock must be "none" or "shared", not "all"

-- what online means already
-- refused: op.online_create_index: concurrently is what online means: leave it out

-- arguments of the built-in
-- refused: op.online_add_column: column "note": type is missing: it must be a type such as types.integer

-- options of neither
-- refused: op.online_drop_column: unknown option algoritm (did you mean algorithm?)
