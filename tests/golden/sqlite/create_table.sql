-- columns of every kind
CREATE TABLE accounts (
  id INTEGER NOT NULL,
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
  CONSTRAINT fk_users_team FOREIGN KEY (team_id) REFERENCES teams (id) ON DELETE CASCADE
);
CREATE INDEX ix_accounts_role ON accounts (role);

-- table entries
CREATE TABLE bookings (
  room INTEGER NOT NULL,
  day DATE NOT NULL,
  guest VARCHAR(40),
  user_id BIGINT,
  CONSTRAINT pk_bookings PRIMARY KEY (room, day),
  CONSTRAINT uq_guest UNIQUE (guest, day),
  CONSTRAINT ck_room CHECK (room > 0),
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE INDEX ix_bookings_guest ON bookings (guest);

-- every type
CREATE TABLE kinds (
  a SMALLINT,
  b INTEGER,
  c BIGINT,
  d NUMERIC(12, 2),
  d38 NUMERIC TEXT(38, 10),
  d0 NUMERIC,
  e REAL,
  f DOUBLE,
  g FLOAT,
  g53 FLOAT(53),
  h BOOLEAN,
  i VARCHAR(10),
  j CHAR(3),
  k TEXT,
  k1 TEXT,
  k2 TEXT,
  k3 TEXT,
  l BLOB,
  l3 BLOB,
  m DATE,
  n TIME,
  o TIMESTAMP,
  p TIMESTAMP,
  q DATETIME,
  r TEXT,
  s JSON TEXT,
  t JSON TEXT,
  u CHAR(36),
  v VARCHAR(8),
  w VARCHAR(4),
  x VARCHAR(2),
  y INTEGER,
  z TEXT,
  CONSTRAINT ck_kinds_v CHECK (v IN ('ok', 'it''s bad')),
  CONSTRAINT ck_kinds_x CHECK (x IN ('s', 'xl'))
);

-- array
-- refused: SQLite can't do this: type array; use types.json, or a table of its own

-- varchar without a length
CREATE TABLE t (
  a VARCHAR
);

-- names that need quotes
CREATE TABLE "we""ird`tab" (
  "Select" INTEGER NOT NULL,
  "group" VARCHAR(10) DEFAULT 'a''b\c',
  "naïve" INTEGER,
  PRIMARY KEY ("Select")
);
CREATE INDEX "ix_we""ird`tab_naïve" ON "we""ird`tab" ("naïve");

-- comments
CREATE TABLE t (
  a INTEGER
);

-- options
CREATE TABLE t (
  a INTEGER NOT NULL,
  b TEXT NOT NULL,
  PRIMARY KEY (a)
) STRICT;
CREATE TABLE u (
  a VARCHAR(10) NOT NULL,
  PRIMARY KEY (a)
) WITHOUT ROWID;
CREATE TABLE v (
  a INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
);
CREATE TEMPORARY TABLE w (
  a INTEGER
);
CREATE TABLE p (
  a INTEGER
);
CREATE TABLE IF NOT EXISTS x (
  a INTEGER
);
CREATE INDEX IF NOT EXISTS ix_x_a ON x (a);

-- keys that do not count
CREATE TABLE a (
  id INT NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE b (
  id BIGINT NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY (id) REFERENCES users (id)
);
CREATE TABLE c (
  id INT NOT NULL DEFAULT 7,
  PRIMARY KEY (id)
);
CREATE TABLE d (
  id INTEGER NOT NULL,
  PRIMARY KEY (id)
);

-- identity
CREATE TABLE t (
  id INTEGER NOT NULL,
  PRIMARY KEY (id)
);

-- identity with options
-- refused: SQLite can't do this: identity with always; a rowid counts from 1, one at a time

-- virtual column
CREATE TABLE t (
  a INTEGER,
  b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL
);

-- deferrable foreign key
CREATE TABLE t (
  id INTEGER NOT NULL,
  up INTEGER,
  PRIMARY KEY (id),
  FOREIGN KEY (up) REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED
);

-- deferrable unique constraint
-- refused: SQLite can't do this: deferrable on a unique constraint; only foreign keys can wait here

-- match full
-- refused: SQLite can't do this: match = "full" (it would be ignored); leave it out

-- exclude constraint
-- refused: SQLite can't do this: exclude constraints; a unique constraint or a trigger may do

-- collation
CREATE TABLE t (
  a VARCHAR(10) COLLATE "NOCASE",
  b TEXT COLLATE "NOCASE"
);

-- in a schema
CREATE TABLE other.t (
  id INTEGER NOT NULL,
  PRIMARY KEY (id)
);

-- expression defaults
CREATE TABLE t (
  a INTEGER DEFAULT (1 + 1),
  b TEXT DEFAULT 'x',
  c VARCHAR(50) DEFAULT (lower('X')),
  d TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
