-- plain
ALTER TABLE users ADD COLUMN nick VARCHAR(30);

-- not null with a default
ALTER TABLE users ADD COLUMN level INTEGER NOT NULL DEFAULT 1;

-- with a foreign key
ALTER TABLE users ADD COLUMN boss_id BIGINT CONSTRAINT fk_boss REFERENCES users (id) ON DELETE SET NULL;

-- with an index and a check
ALTER TABLE users ADD COLUMN place INTEGER CONSTRAINT ck_place CHECK (place > 0);
CREATE INDEX ix_users_place ON users (place);

-- unique
-- refused: op.add_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- behind another
-- refused: op.add_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- first of all
-- refused: op.add_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline

-- with a comment
ALTER TABLE users ADD COLUMN x INTEGER;

-- enum
ALTER TABLE users ADD COLUMN mood VARCHAR(4) NOT NULL DEFAULT 'up' CONSTRAINT ck_users_mood CHECK (mood IN ('up', 'down'));

-- computed
ALTER TABLE users ADD COLUMN twice INTEGER GENERATED ALWAYS AS (age * 2);

-- that may be there
-- refused: op.add_column: if_not_exists has to look into the catalog, which can't be read offline; leave it out, or test ctx.offline

-- default that is no constant
-- refused: op.add_column: SQLite has to make users anew for this, for which it needs its definition, and there is no catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline
