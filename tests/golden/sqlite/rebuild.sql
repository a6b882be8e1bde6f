-- nullability and default
CREATE TEMP TABLE "curlew rebuild" (what TEXT, name TEXT, id INTEGER, at INTEGER, n INTEGER);
CREATE TEMP TRIGGER "curlew rebuild: lost rows" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'lost rows' BEGIN SELECT RAISE(ABORT, 'making users anew would lose rows'); END;
CREATE TEMP TRIGGER "curlew rebuild: broken keys" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'broken keys' BEGIN SELECT RAISE(ABORT, 'making users anew would break foreign keys that held before'); END;
INSERT INTO temp."curlew rebuild" (what, name, id, at, n)
  SELECT 'broken before', * FROM (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3);
CREATE TABLE main."users (new)" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT,
  note TEXT NOT NULL DEFAULT '',
  CONSTRAINT ck_name CHECK ("users (new)".name <> '')
);
INSERT OR ABORT INTO main."users (new)" (id, name, team_id, note) SELECT id, name, team_id, coalesce(note, '') FROM main.users;
INSERT INTO temp."curlew rebuild" (what) SELECT 'lost rows' WHERE changes() <> (SELECT count(*) FROM main.users);
CREATE INDEX main."users (new): ix_name" ON "users (new)" (name DESC) WHERE "users (new)".id > 0;
DELETE FROM main.sqlite_sequence WHERE name = 'users (new)';
INSERT INTO temp."curlew rebuild" (what, name, id, at)
  SELECT 'old', name, rowid, rootpage FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users';
INSERT INTO temp."curlew rebuild" (what, name, at)
  SELECT 'new', CASE WHEN type = 'table' THEN 'users' WHEN sql IS NULL THEN 'sqlite_autoindex_users_' || substr(name, 30) ELSE substr(name, 14) END,
    rootpage
  FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users (new)';
PRAGMA writable_schema = ON;
DELETE FROM main.sqlite_master WHERE tbl_name = 'users (new)' OR tbl_name = 'users' AND type = 'index'
  AND name NOT IN (SELECT name FROM temp."curlew rebuild" WHERE what = 'new');
UPDATE main.sqlite_master AS m SET rootpage = (SELECT n.at FROM temp."curlew rebuild" AS n WHERE n.what = 'new' AND n.name = m.name)
  WHERE type IN ('table', 'index') AND tbl_name = 'users';
UPDATE main.sqlite_master SET sql = 'CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT REFERENCES teams ON DELETE SET NULL,
  note TEXT NOT NULL DEFAULT '''',
  CONSTRAINT ck_name CHECK (users.name <> '''')
)' WHERE type = 'table' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage)
  SELECT 'index', name, 'users', at FROM temp."curlew rebuild" WHERE what = 'new' AND name NOT IN (SELECT name FROM main.sqlite_master WHERE tbl_name = 'users');
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'table', 'users (new)', 'users (new)', at, 'CREATE TABLE "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'index', 'users (new): ' || id, 'users (new)', at, 'CREATE INDEX "users (new): ' || id || '" ON "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name <> 'users';
PRAGMA writable_schema = RESET;
DROP TABLE main."users (new)";
INSERT INTO temp."curlew rebuild" (what) SELECT 'broken keys' WHERE EXISTS (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, CASE fkid WHEN 0 THEN 0 END AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3
  EXCEPT SELECT name, id, at, n FROM temp."curlew rebuild" WHERE what = 'broken before');
DROP TABLE temp."curlew rebuild";

-- type with using
CREATE TEMP TABLE "curlew rebuild" (what TEXT, name TEXT, id INTEGER, at INTEGER, n INTEGER);
CREATE TEMP TRIGGER "curlew rebuild: lost rows" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'lost rows' BEGIN SELECT RAISE(ABORT, 'making users anew would lose rows'); END;
CREATE TEMP TRIGGER "curlew rebuild: broken keys" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'broken keys' BEGIN SELECT RAISE(ABORT, 'making users anew would break foreign keys that held before'); END;
INSERT INTO temp."curlew rebuild" (what, name, id, at, n)
  SELECT 'broken before', * FROM (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3);
CREATE TABLE main."users (new)" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT,
  note INTEGER DEFAULT 'none',
  CONSTRAINT ck_name CHECK ("users (new)".name <> '')
);
INSERT OR ABORT INTO main."users (new)" (id, name, team_id, note) SELECT id, name, team_id, (length(note)) FROM main.users;
INSERT INTO temp."curlew rebuild" (what) SELECT 'lost rows' WHERE changes() <> (SELECT count(*) FROM main.users);
CREATE INDEX main."users (new): ix_name" ON "users (new)" (name DESC) WHERE "users (new)".id > 0;
DELETE FROM main.sqlite_sequence WHERE name = 'users (new)';
INSERT INTO temp."curlew rebuild" (what, name, id, at)
  SELECT 'old', name, rowid, rootpage FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users';
INSERT INTO temp."curlew rebuild" (what, name, at)
  SELECT 'new', CASE WHEN type = 'table' THEN 'users' WHEN sql IS NULL THEN 'sqlite_autoindex_users_' || substr(name, 30) ELSE substr(name, 14) END,
    rootpage
  FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users (new)';
PRAGMA writable_schema = ON;
DELETE FROM main.sqlite_master WHERE tbl_name = 'users (new)' OR tbl_name = 'users' AND type = 'index'
  AND name NOT IN (SELECT name FROM temp."curlew rebuild" WHERE what = 'new');
UPDATE main.sqlite_master AS m SET rootpage = (SELECT n.at FROM temp."curlew rebuild" AS n WHERE n.what = 'new' AND n.name = m.name)
  WHERE type IN ('table', 'index') AND tbl_name = 'users';
UPDATE main.sqlite_master SET sql = 'CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT REFERENCES teams ON DELETE SET NULL,
  note INTEGER DEFAULT ''none'',
  CONSTRAINT ck_name CHECK (users.name <> '''')
)' WHERE type = 'table' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage)
  SELECT 'index', name, 'users', at FROM temp."curlew rebuild" WHERE what = 'new' AND name NOT IN (SELECT name FROM main.sqlite_master WHERE tbl_name = 'users');
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'table', 'users (new)', 'users (new)', at, 'CREATE TABLE "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'index', 'users (new): ' || id, 'users (new)', at, 'CREATE INDEX "users (new): ' || id || '" ON "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name <> 'users';
PRAGMA writable_schema = RESET;
DROP TABLE main."users (new)";
INSERT INTO temp."curlew rebuild" (what) SELECT 'broken keys' WHERE EXISTS (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, CASE fkid WHEN 0 THEN 0 END AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3
  EXCEPT SELECT name, id, at, n FROM temp."curlew rebuild" WHERE what = 'broken before');
DROP TABLE temp."curlew rebuild";

-- a foreign key
CREATE TEMP TABLE "curlew rebuild" (what TEXT, name TEXT, id INTEGER, at INTEGER, n INTEGER);
CREATE TEMP TRIGGER "curlew rebuild: lost rows" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'lost rows' BEGIN SELECT RAISE(ABORT, 'making users anew would lose rows'); END;
CREATE TEMP TRIGGER "curlew rebuild: broken keys" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'broken keys' BEGIN SELECT RAISE(ABORT, 'making users anew would break foreign keys that held before'); END;
INSERT INTO temp."curlew rebuild" (what, name, id, at, n)
  SELECT 'broken before', * FROM (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3);
CREATE TABLE main."users (new)" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT,
  note TEXT DEFAULT 'none',
  CONSTRAINT ck_name CHECK ("users (new)".name <> '')
);
INSERT OR ABORT INTO main."users (new)" (id, name, team_id, note) SELECT id, name, team_id, note FROM main.users;
INSERT INTO temp."curlew rebuild" (what) SELECT 'lost rows' WHERE changes() <> (SELECT count(*) FROM main.users);
CREATE INDEX main."users (new): ix_name" ON "users (new)" (name DESC) WHERE "users (new)".id > 0;
DELETE FROM main.sqlite_sequence WHERE name = 'users (new)';
INSERT INTO temp."curlew rebuild" (what, name, id, at)
  SELECT 'old', name, rowid, rootpage FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users';
INSERT INTO temp."curlew rebuild" (what, name, at)
  SELECT 'new', CASE WHEN type = 'table' THEN 'users' WHEN sql IS NULL THEN 'sqlite_autoindex_users_' || substr(name, 30) ELSE substr(name, 14) END,
    rootpage
  FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users (new)';
PRAGMA writable_schema = ON;
DELETE FROM main.sqlite_master WHERE tbl_name = 'users (new)' OR tbl_name = 'users' AND type = 'index'
  AND name NOT IN (SELECT name FROM temp."curlew rebuild" WHERE what = 'new');
UPDATE main.sqlite_master AS m SET rootpage = (SELECT n.at FROM temp."curlew rebuild" AS n WHERE n.what = 'new' AND n.name = m.name)
  WHERE type IN ('table', 'index') AND tbl_name = 'users';
UPDATE main.sqlite_master SET sql = 'CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT REFERENCES teams ON DELETE SET NULL,
  note TEXT DEFAULT ''none'',
  CONSTRAINT ck_name CHECK (users.name <> ''''),  CONSTRAINT fk_note FOREIGN KEY (note) REFERENCES notes (text) ON DELETE CASCADE
)' WHERE type = 'table' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage)
  SELECT 'index', name, 'users', at FROM temp."curlew rebuild" WHERE what = 'new' AND name NOT IN (SELECT name FROM main.sqlite_master WHERE tbl_name = 'users');
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'table', 'users (new)', 'users (new)', at, 'CREATE TABLE "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'index', 'users (new): ' || id, 'users (new)', at, 'CREATE INDEX "users (new): ' || id || '" ON "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name <> 'users';
PRAGMA writable_schema = RESET;
DROP TABLE main."users (new)";
INSERT INTO temp."curlew rebuild" (what) SELECT 'broken keys' WHERE EXISTS (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, CASE fkid WHEN 1 THEN 0 END AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (1)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3
  EXCEPT SELECT name, id, at, n FROM temp."curlew rebuild" WHERE what = 'broken before');
CREATE TEMP TRIGGER "curlew rebuild: new key 1" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'new key 1' BEGIN SELECT RAISE(ABORT, 'rows of users have no match: CONSTRAINT fk_note FOREIGN KEY (note) REFERENCES notes (text) ON DELETE CASCADE'); END;
INSERT INTO temp."curlew rebuild" (what) SELECT 'new key 1' WHERE EXISTS (SELECT 'users' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0));
DROP TABLE temp."curlew rebuild";

-- no longer numbered for good
CREATE TEMP TABLE "curlew rebuild" (what TEXT, name TEXT, id INTEGER, at INTEGER, n INTEGER);
CREATE TEMP TRIGGER "curlew rebuild: lost rows" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'lost rows' BEGIN SELECT RAISE(ABORT, 'making users anew would lose rows'); END;
CREATE TEMP TRIGGER "curlew rebuild: broken keys" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'broken keys' BEGIN SELECT RAISE(ABORT, 'making users anew would break foreign keys that held before'); END;
INSERT INTO temp."curlew rebuild" (what, name, id, at, n)
  SELECT 'broken before', * FROM (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3);
CREATE TABLE main."users (new)" (
  id INT PRIMARY KEY, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT,
  note TEXT DEFAULT 'none',
  CONSTRAINT ck_name CHECK ("users (new)".name <> '')
);
INSERT OR ABORT INTO main."users (new)" (rowid, id, name, team_id, note) SELECT rowid, id, name, team_id, note FROM main.users;
INSERT INTO temp."curlew rebuild" (what) SELECT 'lost rows' WHERE changes() <> (SELECT count(*) FROM main.users);
CREATE INDEX main."users (new): ix_name" ON "users (new)" (name DESC) WHERE "users (new)".id > 0;
DELETE FROM main.sqlite_sequence WHERE name = 'users';
INSERT INTO temp."curlew rebuild" (what, name, id, at)
  SELECT 'old', name, rowid, rootpage FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users';
INSERT INTO temp."curlew rebuild" (what, name, at)
  SELECT 'new', CASE WHEN type = 'table' THEN 'users' WHEN sql IS NULL THEN 'sqlite_autoindex_users_' || substr(name, 30) ELSE substr(name, 14) END,
    rootpage
  FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users (new)';
PRAGMA writable_schema = ON;
DELETE FROM main.sqlite_master WHERE tbl_name = 'users (new)' OR tbl_name = 'users' AND type = 'index'
  AND name NOT IN (SELECT name FROM temp."curlew rebuild" WHERE what = 'new');
UPDATE main.sqlite_master AS m SET rootpage = (SELECT n.at FROM temp."curlew rebuild" AS n WHERE n.what = 'new' AND n.name = m.name)
  WHERE type IN ('table', 'index') AND tbl_name = 'users';
UPDATE main.sqlite_master SET sql = 'CREATE TABLE users (
  id INT PRIMARY KEY, -- the key
  name VARCHAR(40) NOT NULL,
  team_id INT REFERENCES teams ON DELETE SET NULL,
  note TEXT DEFAULT ''none'',
  CONSTRAINT ck_name CHECK (users.name <> '''')
)' WHERE type = 'table' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage)
  SELECT 'index', name, 'users', at FROM temp."curlew rebuild" WHERE what = 'new' AND name NOT IN (SELECT name FROM main.sqlite_master WHERE tbl_name = 'users');
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'table', 'users (new)', 'users (new)', at, 'CREATE TABLE "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'index', 'users (new): ' || id, 'users (new)', at, 'CREATE INDEX "users (new): ' || id || '" ON "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name <> 'users';
PRAGMA writable_schema = RESET;
DROP TABLE main."users (new)";
INSERT INTO temp."curlew rebuild" (what) SELECT 'broken keys' WHERE EXISTS (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, CASE fkid WHEN 0 THEN 0 END AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3
  EXCEPT SELECT name, id, at, n FROM temp."curlew rebuild" WHERE what = 'broken before');
DROP TABLE temp."curlew rebuild";

-- several changes
ALTER TABLE main.users RENAME COLUMN name TO "full name";
CREATE TEMP TABLE "curlew rebuild" (what TEXT, name TEXT, id INTEGER, at INTEGER, n INTEGER);
CREATE TEMP TRIGGER "curlew rebuild: lost rows" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'lost rows' BEGIN SELECT RAISE(ABORT, 'making users anew would lose rows'); END;
CREATE TEMP TRIGGER "curlew rebuild: broken keys" BEFORE INSERT ON "curlew rebuild" WHEN NEW.what = 'broken keys' BEGIN SELECT RAISE(ABORT, 'making users anew would break foreign keys that held before'); END;
INSERT INTO temp."curlew rebuild" (what, name, id, at, n)
  SELECT 'broken before', * FROM (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3);
CREATE TABLE main."users (new)" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  "full name" VARCHAR(40),
  team_id INT,
  note TEXT DEFAULT 'none',  mail TEXT,  UNIQUE (mail)
);
INSERT OR ABORT INTO main."users (new)" (id, "full name", team_id, note, mail) SELECT id, "full name", team_id, note, NULL FROM main.users;
INSERT INTO temp."curlew rebuild" (what) SELECT 'lost rows' WHERE changes() <> (SELECT count(*) FROM main.users);
CREATE INDEX main."users (new): ix_name" ON "users (new)" ("full name" DESC) WHERE "users (new)".id > 0;
DELETE FROM main.sqlite_sequence WHERE name = 'users (new)';
INSERT INTO temp."curlew rebuild" (what, name, id, at)
  SELECT 'old', name, rowid, rootpage FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users';
INSERT INTO temp."curlew rebuild" (what, name, at)
  SELECT 'new', CASE WHEN type = 'table' THEN 'users' WHEN sql IS NULL THEN 'sqlite_autoindex_users_' || substr(name, 30) ELSE substr(name, 14) END,
    rootpage
  FROM main.sqlite_master WHERE type IN ('table', 'index') AND tbl_name = 'users (new)';
PRAGMA writable_schema = ON;
DELETE FROM main.sqlite_master WHERE tbl_name = 'users (new)' OR tbl_name = 'users' AND type = 'index'
  AND name NOT IN (SELECT name FROM temp."curlew rebuild" WHERE what = 'new');
UPDATE main.sqlite_master AS m SET rootpage = (SELECT n.at FROM temp."curlew rebuild" AS n WHERE n.what = 'new' AND n.name = m.name)
  WHERE type IN ('table', 'index') AND tbl_name = 'users';
UPDATE main.sqlite_master SET sql = 'CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  "full name" VARCHAR(40),
  team_id INT REFERENCES teams ON DELETE SET NULL,
  note TEXT DEFAULT ''none'',  mail TEXT,  UNIQUE (mail)
)' WHERE type = 'table' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage)
  SELECT 'index', name, 'users', at FROM temp."curlew rebuild" WHERE what = 'new' AND name NOT IN (SELECT name FROM main.sqlite_master WHERE tbl_name = 'users');
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'table', 'users (new)', 'users (new)', at, 'CREATE TABLE "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name = 'users';
INSERT INTO main.sqlite_master (type, name, tbl_name, rootpage, sql)
  SELECT 'index', 'users (new): ' || id, 'users (new)', at, 'CREATE INDEX "users (new): ' || id || '" ON "users (new)" (x)' FROM temp."curlew rebuild" WHERE what = 'old' AND name <> 'users';
PRAGMA writable_schema = RESET;
DROP TABLE main."users (new)";
INSERT INTO temp."curlew rebuild" (what) SELECT 'broken keys' WHERE EXISTS (SELECT name, id, at, count(*) AS n FROM (SELECT 'users' AS name, CASE fkid WHEN 0 THEN 0 END AS id, rowid AS at FROM pragma_foreign_key_check('users', 'main') WHERE fkid IN (0)
  UNION ALL SELECT 'posts' AS name, fkid AS id, rowid AS at FROM pragma_foreign_key_check('posts', 'main') WHERE fkid IN (0)) GROUP BY 1, 2, 3
  EXCEPT SELECT name, id, at, n FROM temp."curlew rebuild" WHERE what = 'broken before');
DROP TABLE temp."curlew rebuild";
CREATE INDEX ix_mail ON users (mail);
