-- a column
ALTER TABLE orders ADD COLUMN note VARCHAR(20);
CREATE INDEX ix_orders_note ON orders (note);
-- back: ALTER TABLE orders DROP COLUMN note

-- a column, chosen otherwise
ALTER TABLE shop.orders ADD COLUMN note VARCHAR(20);
-- back: ALTER TABLE shop.orders DROP COLUMN note

-- a column that goes
ALTER TABLE orders DROP COLUMN note;
-- back: (can't be reversed)

-- another name
ALTER TABLE orders RENAME COLUMN note TO remark;
-- back: ALTER TABLE orders RENAME COLUMN remark TO note

-- a longer text
ALTER TABLE orders ALTER COLUMN note TYPE VARCHAR(30);
-- back: (can't be reversed)

-- another default
ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x';
-- back: (can't be reversed)

-- an index
CREATE UNIQUE INDEX by_note ON orders (note);
-- back: DROP INDEX by_note

-- an index that goes
DROP INDEX by_note;
-- back: (can't be reversed)

-- a unique constraint
ALTER TABLE orders ADD CONSTRAINT u UNIQUE (a, b);
-- back: ALTER TABLE orders DROP CONSTRAINT u

-- a foreign key
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id);
-- back: ALTER TABLE orders DROP CONSTRAINT fk

-- a constraint that goes
ALTER TABLE orders DROP CONSTRAINT fk;
-- back: (can't be reversed)

-- MariaDB's own
CREATE INDEX i ON t (a);
-- back: DROP INDEX i

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
