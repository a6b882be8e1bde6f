-- plain
ALTER TABLE users ADD COLUMN nick VARCHAR(30);

-- not null with a default
ALTER TABLE users ADD COLUMN level INTEGER NOT NULL DEFAULT 1;

-- with a foreign key
ALTER TABLE users ADD COLUMN boss_id BIGINT, ADD CONSTRAINT fk_boss FOREIGN KEY (boss_id) REFERENCES users (id) ON DELETE SET NULL;

-- with an index and a check
ALTER TABLE users ADD COLUMN place INTEGER, ADD CONSTRAINT ck_place CHECK (place > 0), ADD INDEX ix_users_place (place);

-- unique
ALTER TABLE users ADD COLUMN code VARCHAR(30), ADD UNIQUE (code);

-- behind another
ALTER TABLE users ADD COLUMN x INTEGER AFTER id;

-- first of all
ALTER TABLE users ADD COLUMN x INTEGER FIRST;

-- with a comment
ALTER TABLE users ADD COLUMN x INTEGER COMMENT 'why';

-- enum
ALTER TABLE users ADD COLUMN mood ENUM('up', 'down') NOT NULL DEFAULT 'up';

-- computed
ALTER TABLE users ADD COLUMN twice INTEGER GENERATED ALWAYS AS (age * 2) VIRTUAL;

-- that may be there
SET @curlew_sql = IF(NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND COLUMN_NAME = 'note'), 'ALTER TABLE users ADD COLUMN note TEXT', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;
SET @curlew_sql = IF(NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND COLUMN_NAME = 'it''s'), 'ALTER TABLE users ADD COLUMN `it''s` VARCHAR(9) DEFAULT ''a''''b''', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;

-- default that is no constant
ALTER TABLE users ADD COLUMN seen TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP;
