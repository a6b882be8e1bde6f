-- columns of every kind
CREATE TABLE accounts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  email VARCHAR(120) NOT NULL,
  role VARCHAR(20) DEFAULT 'user',
  age SMALLINT DEFAULT 18,
  active BOOLEAN NOT NULL DEFAULT 1,
  score DOUBLE DEFAULT 0.1,
  team_id BIGINT,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  loud VARCHAR(130) GENERATED ALWAYS AS (upper(email)) STORED,
  PRIMARY KEY (id),
  UNIQUE (email),
  CHECK (age >= 0),
  CONSTRAINT fk_users_team FOREIGN KEY (team_id) REFERENCES teams (id) ON DELETE CASCADE,
  INDEX ix_accounts_role (role)
);

-- table entries
CREATE TABLE bookings (
  room INTEGER NOT NULL,
  day DATE NOT NULL,
  guest VARCHAR(40),
  user_id BIGINT,
  CONSTRAINT pk_bookings PRIMARY KEY (room, day),
  CONSTRAINT uq_guest UNIQUE (guest, day),
  CONSTRAINT ck_room CHECK (room > 0),
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE,
  INDEX ix_bookings_guest (guest)
);

-- every type
CREATE TABLE kinds (
  a SMALLINT,
  b INTEGER,
  c BIGINT,
  d NUMERIC(12, 2),
  d38 NUMERIC(38, 10),
  d0 NUMERIC,
  e FLOAT,
  f DOUBLE,
  g DOUBLE,
  g53 FLOAT(53),
  h BOOLEAN,
  i VARCHAR(10),
  j CHAR(3),
  k TEXT,
  k1 TINYTEXT,
  k2 MEDIUMTEXT,
  k3 LONGTEXT,
  l BLOB,
  l3 LONGBLOB,
  m DATE,
  n TIME,
  o TIMESTAMP(3) NULL,
  p TIMESTAMP NULL,
  q DATETIME,
  r VARCHAR(64),
  s JSON,
  t JSON,
  u CHAR(36),
  v ENUM('ok', 'it''s bad'),
  w VARCHAR(4),
  x VARCHAR(2),
  y INTEGER,
  z TEXT,
  CONSTRAINT ck_kinds_x CHECK (x IN ('s', 'xl'))
);

-- array
-- refused: MySQL can't do this: type array; use types.json, or a table of its own

-- varchar without a length
-- refused: MySQL can't do this: varchar without a length; give it one, or use types.text

-- names that need quotes
CREATE TABLE `we"ird``tab` (
  `Select` INTEGER NOT NULL AUTO_INCREMENT,
  `group` VARCHAR(10) DEFAULT 'a''b\\c',
  `naïve` INTEGER,
  PRIMARY KEY (`Select`),
  INDEX `ix_we"ird``tab_naïve` (`naïve`)
);

-- comments
CREATE TABLE t (
  a INTEGER COMMENT 'it''s one'
) COMMENT='a \\ table';

-- options
CREATE TABLE t (
  a INTEGER NOT NULL AUTO_INCREMENT,
  b TEXT NOT NULL,
  PRIMARY KEY (a)
) ENGINE=`InnoDB` DEFAULT CHARSET=utf8mb4;
CREATE TABLE u (
  a VARCHAR(10) NOT NULL,
  PRIMARY KEY (a)
);
CREATE TABLE v (
  a INTEGER NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (a)
);
CREATE TEMPORARY TABLE w (
  a INTEGER
);
CREATE TABLE p (
  a INTEGER
);
CREATE TABLE IF NOT EXISTS x (
  a INTEGER,
  INDEX ix_x_a (a)
);

-- keys that do not count
CREATE TABLE a (
  id INTEGER NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE b (
  id BIGINT NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY (id) REFERENCES users (id)
);
CREATE TABLE c (
  id INTEGER NOT NULL DEFAULT 7,
  PRIMARY KEY (id)
);
CREATE TABLE d (
  id INTEGER NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (id)
);

-- identity
CREATE TABLE t (
  id BIGINT NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (id)
) AUTO_INCREMENT=1;

-- identity with options
-- refused: MySQL can't do this: identity with always = true; leave always out

-- virtual column
CREATE TABLE t (
  a INTEGER,
  b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL
);

-- deferrable foreign key
-- refused: MySQL can't do this: deferrable constraints; leave deferrable and initially out

-- deferrable unique constraint
-- refused: MySQL can't do this: deferrable constraints; leave deferrable and initially out

-- match full
-- refused: MySQL can't do this: match = "full" (the server would ignore it, and the actions after it); leave it out

-- exclude constraint
-- refused: MySQL can't do this: exclude constraints; a unique constraint or a trigger may do

-- collation
CREATE TABLE t (
  a VARCHAR(10) COLLATE utf8mb4_bin,
  b TEXT COLLATE utf8mb4_bin
);

-- in a schema
CREATE TABLE other.t (
  id INTEGER NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (id)
);

-- expression defaults
CREATE TABLE t (
  a INTEGER DEFAULT (1 + 1),
  b TEXT DEFAULT ('x'),
  c VARCHAR(50) DEFAULT (lower('X')),
  d TIMESTAMP(6) NULL DEFAULT CURRENT_TIMESTAMP(6)
);
