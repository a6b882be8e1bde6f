-- plain
ALTER TABLE users ADD COLUMN nick VARCHAR(30);

-- not null with a default
ALTER TABLE users ADD COLUMN level INTEGER DEFAULT 1 NOT NULL;

-- with a foreign key
ALTER TABLE users ADD COLUMN boss_id BIGINT, ADD CONSTRAINT fk_boss FOREIGN KEY (boss_id) REFERENCES users (id) ON DELETE SET NULL;

-- with an index and a check
ALTER TABLE users ADD COLUMN place INTEGER, ADD CONSTRAINT ck_place CHECK (place > 0);
CREATE INDEX ix_users_place ON users (place);

-- unique
ALTER TABLE users ADD COLUMN code VARCHAR(30), ADD UNIQUE (code);

-- behind another
-- refused: PostgreSQL can't do this: after = "id"; leave it out: a column is added at the end

-- first of all
-- refused: PostgreSQL can't do this: first = true; leave it out: a column is added at the end

-- with a comment
ALTER TABLE users ADD COLUMN x INTEGER;
COMMENT ON COLUMN users.x IS 'why';

-- enum
DO $curlew$ BEGIN
  CREATE TYPE mood2 AS ENUM ('up', 'down');
EXCEPTION WHEN duplicate_object THEN NULL;
END $curlew$;
ALTER TABLE users ADD COLUMN mood mood2 DEFAULT 'up' NOT NULL;

-- computed
ALTER TABLE users ADD COLUMN twice INTEGER GENERATED ALWAYS AS (age * 2) STORED;

-- that may be there
DO $curlew$ BEGIN
  IF NOT (EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('users') AND attname = 'note' AND NOT attisdropped)) THEN
    ALTER TABLE users ADD COLUMN note TEXT;
  END IF;
END $curlew$;
DO $curlew$ BEGIN
  IF NOT (EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('users') AND attname = 'it''s' AND NOT attisdropped)) THEN
    ALTER TABLE users ADD COLUMN "it's" VARCHAR(9) DEFAULT 'a''b';
  END IF;
END $curlew$;

-- default that is no constant
ALTER TABLE users ADD COLUMN seen TIMESTAMP DEFAULT CURRENT_TIMESTAMP;
