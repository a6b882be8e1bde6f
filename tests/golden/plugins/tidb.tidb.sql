-- a table
CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT,
  state ENUM('open', 'paid') DEFAULT 'open',
  doc JSON,
  at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  FOREIGN KEY (user_id) REFERENCES users (id),
  UNIQUE (user_id, at)
);
-- back: DROP TABLE orders

-- columns
ALTER TABLE orders ADD COLUMN note TEXT;
ALTER TABLE orders DROP COLUMN note;
-- back: (can't be reversed)
-- back: ALTER TABLE orders DROP COLUMN note

-- an index
CREATE INDEX i ON orders (user_id);
-- back: DROP INDEX i ON orders

-- an index without locks
CREATE INDEX i ON orders (user_id);
DROP INDEX i ON orders;
-- back: (can't be reversed)
-- back: DROP INDEX i ON orders

-- a foreign key
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id);
-- back: ALTER TABLE orders DROP FOREIGN KEY fk

-- a deferrable one
-- refused: TiDB can't do this: deferrable constraints; leave deferrable and initially out

-- an exclusion
-- refused: TiDB can't do this: exclude constraints; a unique constraint or a trigger may do

-- a trigger
-- refused: TiDB can't do this: op.create_trigger; write it into the statements, or run it in the application

-- a function
-- refused: TiDB can't do this: op.create_function; write it into the statements, or run it in the application

-- a unique constraint
ALTER TABLE orders ADD CONSTRAINT u UNIQUE (a);
ALTER TABLE orders DROP INDEX u;
-- back: (can't be reversed)
-- back: ALTER TABLE orders DROP INDEX u

-- a sequence that begins again
CREATE SEQUENCE s CYCLE;
-- back: DROP SEQUENCE s

-- a sequence
CREATE SEQUENCE s START WITH 5 INCREMENT BY 2;
DROP SEQUENCE s;
-- back: (can't be reversed)
-- back: DROP SEQUENCE s

-- a type changed by an expression
-- refused: TiDB can't do this: op.alter_column with using; convert the rows with op.update first

-- an extension
-- refused: TiDB can't do this: op.create_extension (there are no extensions); guard it by ctx.dialect

-- a primary key
-- refused: TiDB can't do this: op.create_primary_key; give it in create_table; a clustered key can't be added later

-- rows
INSERT INTO orders (id, state) VALUES (?, ?) ON DUPLICATE KEY UPDATE id = id;
UPDATE orders SET state = ? WHERE id = ?;
-- back: (can't be reversed)
-- back: (can't be reversed)
