--- What the specs of SQLite's rebuild cross with each other: features that a table may have, and operations.
---
--- Every table has the columns id, a, b and c, where c comes last, and the CHECK ck_b at the end. A
--- feature is the SQL of such a table with rows, where $t stands for its name, $n for the name as it
--- stands inside other names, and $x for a name of its own. An operation goes up and down again; what it
--- does to the table's text is told apart from what it does, as a change of that text.

local M = {}

M.features = {
  { "a plain table, with comments", [[
CREATE TABLE $t ( -- what it is for
  id INTEGER PRIMARY KEY, /* the key, */ a TEXT,
  b INTEGER NOT NULL DEFAULT 5, -- five, (or more
  c TEXT, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (7, 'y', 2, 'two'), (9, NULL, 3, 'three');]] },
  { "rowids without a key", [[
CREATE TABLE $t (id INTEGER, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t (rowid, id, a, b, c) VALUES (5, 1, 'x', 1, 'one'), (-3, 2, 'y', 2, 'two'), (900, 3, 'z', 3, 'three');]] },
  { "a column called rowid", [[
CREATE TABLE $t (id INTEGER, rowid TEXT, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t (oid, id, rowid, b, c) VALUES (5, 1, 'x', 1, 'one'), (50, 2, 'y', 2, 'two');]] },
  { "triggers on it and from elsewhere", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, CONSTRAINT ck_b CHECK (b > 0));
CREATE TABLE "log $n" (what TEXT);
CREATE TABLE "src $n" (v TEXT);
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two');
CREATE TRIGGER "ins $n" AFTER INSERT ON $t BEGIN INSERT INTO "log $n" VALUES ('ins ' || NEW.a); END;
CREATE TRIGGER "del $n" BEFORE DELETE ON $t WHEN OLD.b > 0 BEGIN INSERT INTO "log $n" VALUES ('del ' || OLD.a); END;
CREATE TRIGGER "upd $n" AFTER UPDATE OF a ON $t BEGIN UPDATE $t SET b = b + 1 WHERE id = NEW.id; END;
CREATE TRIGGER "far $n" AFTER INSERT ON "src $n" BEGIN INSERT INTO $t (a, b) VALUES (NEW.v, 9); END;]] },
  { "views, one of them broken, with INSTEAD OF", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two');
CREATE VIEW "v $n" AS SELECT id, a FROM $t WHERE $t.b > 0;
CREATE VIEW "vv $n" AS WITH q AS (SELECT a FROM "v $n") SELECT a || '!' AS a FROM q;
CREATE VIEW "broken $n" AS SELECT gone FROM "no such table $n";
CREATE TRIGGER "io $n" INSTEAD OF INSERT ON "v $n" BEGIN INSERT INTO $t (a) VALUES (NEW.a); END;]], broken = true },
  { "partial, expression, DESC and COLLATE indexes", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two'), (3, 'z', 3, 'three');
CREATE INDEX "part $n" ON $t (a DESC) WHERE $t.b > 1 AND a IS NOT NULL;
CREATE UNIQUE INDEX "expr $n" ON $t (lower(a), b + 1 DESC);
CREATE INDEX "coll $n" ON $t (a COLLATE NOCASE, "b");
ANALYZE $t;]] },
  { "STRICT", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, CONSTRAINT ck_b CHECK (b > 0)) STRICT;
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two');]], strict = true },
  { "WITHOUT ROWID", [[
CREATE TABLE $t (id INTEGER, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT, PRIMARY KEY (a DESC, id),
  CONSTRAINT ck_b CHECK (b > 0)) WITHOUT ROWID;
CREATE INDEX "wr $n" ON $t (b);
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two'), (0, 'y', 3, 'three');]], no_rowid = true },
  { "AUTOINCREMENT with its counter", [[
CREATE TABLE $t (id INTEGER CONSTRAINT "pk $n" PRIMARY KEY AUTOINCREMENT NOT NULL, a TEXT, b INTEGER NOT NULL DEFAULT 5,
  c TEXT, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two'), (77, 'z', 3, 'three');
DELETE FROM $t WHERE id = 77;]] },
  { "generated columns", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, g1 TEXT GENERATED ALWAYS AS (a || '/' || b) STORED, a TEXT, g2 INT AS (b * 2) VIRTUAL
  UNIQUE, b INTEGER NOT NULL DEFAULT 5, c TEXT, CHECK ($t.b < 1000), CONSTRAINT ck_b CHECK (b > 0));
CREATE INDEX "gen $n" ON $t (g1);
INSERT INTO $t (id, a, b, c) VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two');]] },
  { "children that cascade, set NULL, restrict", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER NOT NULL DEFAULT 5, c TEXT, UNIQUE (a, b),
  CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two');
CREATE TABLE "ch1 $n" (id INTEGER PRIMARY KEY, t_id INT REFERENCES $t ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE "ch2 $n" (id INTEGER PRIMARY KEY, t_id INT REFERENCES $t (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "ch3 $n" (ta TEXT, tb INT, FOREIGN KEY (ta, tb) REFERENCES $t (a, b) ON DELETE RESTRICT);
CREATE TABLE "ch4 $n" (ta TEXT REFERENCES $t (a) ON DELETE SET DEFAULT DEFAULT 'x');
CREATE TRIGGER "chd $n" AFTER DELETE ON "ch1 $n" BEGIN SELECT RAISE(ABORT, 'a child row was deleted'); END;
INSERT INTO "ch1 $n" VALUES (1, 1), (2, 2), (3, 1);
INSERT INTO "ch2 $n" VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO "ch3 $n" VALUES ('x', 1), ('y', 2);
INSERT INTO "ch4 $n" VALUES ('x'), ('y');]] },
  { "itself and others in cycles", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, up INT REFERENCES $t (id) ON DELETE CASCADE,
  other INT CONSTRAINT "fk o $n" REFERENCES "other $n" ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
  x1 INT, x2 INT, c TEXT, CONSTRAINT "fk c $n" FOREIGN KEY (x1, x2) REFERENCES "other $n" (p, q) MATCH SIMPLE ON DELETE CASCADE
  NOT DEFERRABLE, CONSTRAINT ck_b CHECK (b > 0));
CREATE TABLE "other $n" (id INTEGER PRIMARY KEY, t_id INT NOT NULL REFERENCES $t ON DELETE CASCADE, p INT, q INT, UNIQUE (q, p));
BEGIN;
INSERT INTO $t (id, a, b, up, other, c) VALUES (1, 'x', 1, 1, 10, 'one'), (2, 'y', 2, 1, 20, 'two'),
  (3, 'z', 3, 2, NULL, 'three');
INSERT INTO "other $n" VALUES (10, 1, 4, 5), (20, 2, 6, 7);
UPDATE $t SET x1 = 4, x2 = 5;
COMMIT;]] },
  { "violations that were there before", [[
PRAGMA foreign_keys = OFF;
CREATE TABLE "par $n" (id INTEGER PRIMARY KEY);
CREATE TABLE $t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, p INT REFERENCES "par $n",
  q INT REFERENCES "nowhere $n" (id), r INT REFERENCES "par $n" (id), c TEXT, CONSTRAINT ck_b CHECK (b > 0));
CREATE TABLE "kid $n" (t_id INT REFERENCES $t ON DELETE CASCADE, miss INT REFERENCES $t (a));
CREATE TABLE "kid2 $n" (t_id INT REFERENCES $t ON DELETE CASCADE);
INSERT INTO "par $n" VALUES (1);
INSERT INTO $t VALUES (1, 'x', 1, 99, 1, 1, 'one'), (2, 'y', 2, 1, NULL, 98, 'two');
INSERT INTO "kid $n" VALUES (1, NULL), (66, NULL);
INSERT INTO "kid2 $n" VALUES (1), (67), (67);]] },
  { "ON CONFLICT and COLLATE everywhere", [[
CREATE TABLE $t (id INTEGER CONSTRAINT k PRIMARY KEY ON CONFLICT REPLACE,
  a TEXT COLLATE NOCASE CONSTRAINT u UNIQUE ON CONFLICT IGNORE,
  b INTEGER CONSTRAINT nn NOT NULL ON CONFLICT ROLLBACK DEFAULT 5, c TEXT, UNIQUE (b, a COLLATE BINARY) ON CONFLICT REPLACE,
  CHECK (a <> 'never') ON CONFLICT FAIL, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, 'x', 1, 'one'), (2, 'y', 2, 'two');]] },
  { "values of every storage class", [[
CREATE TABLE $t (id INTEGER PRIMARY KEY, a, b INTEGER NOT NULL DEFAULT 5, c, CONSTRAINT ck_b CHECK (b > 0));
INSERT INTO $t VALUES (1, x'00ff27', 1, 'o''ne'), (2, -9223372036854775808, 2.5, 9e999), (3, 'é'||char(0)||'z', 'text', ''),
  (4, 1.0, 9007199254740993, x''), (5, '1.0', 1e300, 3);]], untyped = true },
}

--- Names that tables may have; each feature is tried under every one of them.
M.names = { "t%d", "we \"ird [%d]", "Größe '%d'" }

--- Replaces plain text once; raises when it isn't there.
local function swap(sql, from, to)
  local first, last = sql:find(from, 1, true)
  assert(first, "no " .. from .. " in " .. sql)
  return sql:sub(1, first - 1) .. to .. sql:sub(last + 1)
end

local function column(to)
  return function(sql) return swap(sql, "c TEXT", to) end
end

local function constraint(text)
  return function(sql) return swap(sql, "CONSTRAINT ck_b CHECK (b > 0)", "CONSTRAINT ck_b CHECK (b > 0), " .. text) end
end

local function both(first, second)
  return function(sql) return second(first(sql)) end
end

--- { title, up, down, text = the table's SQL afterwards, features it can't be crossed with = true }; T is the table's
--- name, N the name within others.
M.operations = {
  { "alter type", [[op.alter_column(T, "c", { type = types.varchar(50) })]],
    [[op.alter_column(T, "c", { type = types.text })]], text = column "c VARCHAR(50)", strict = true, untyped = true },
  { "set NOT NULL", [[op.alter_column(T, "c", { nullable = false })]], [[op.alter_column(T, "c", { nullable = true })]],
    text = column "c TEXT NOT NULL", untyped = true },
  { "set a default", [[op.alter_column(T, "c", { server_default = "it's" })]],
    [[op.alter_column(T, "c", { server_default = op.null })]], text = column "c TEXT DEFAULT 'it''s'", untyped = true },
  { "change a default", [[op.alter_column(T, "b", { server_default = 7 })]],
    [[op.alter_column(T, "b", { server_default = 5 })]],
    text = function(sql) return swap(sql, "DEFAULT 5", "DEFAULT 7") end },
  { "make it generated", [[op.alter_column(T, "c", { computed = { "upper(a)", persisted = true } })]],
    [[op.alter_column(T, "c", { computed = op.null })]], text = column "c TEXT GENERATED ALWAYS AS (upper(a)) STORED",
    untyped = true, changes_c = true },
  { "rename with a new type", [[op.alter_column(T, "c", { new_column_name = "c 2", type = types.varchar(9) })]],
    [[op.alter_column(T, "c 2", { new_column_name = "c", type = types.text })]], text = column '"c 2" VARCHAR(9)',
    strict = true, untyped = true, renames = '"c 2"' },
  { "add a NOT NULL column with an expression",
    [[op.add_column(T, { "d", types.text, nullable = false, server_default = op.sql "lower('D' || 'E')" })]],
    [[op.drop_column(T, "d")]], text = column "c TEXT, d TEXT NOT NULL DEFAULT (lower('D' || 'E'))", untyped = true },
  { "add a UNIQUE column", [[op.add_column(T, { "d", types.text, unique = true })]], [[op.drop_column(T, "d")]],
    text = both(column "c TEXT, d TEXT", constraint "UNIQUE (d)"), untyped = true },
  { "add a STORED column", [[op.add_column(T, { "d", types.text, computed = { "a || 'x'", persisted = true } })]],
    [[op.drop_column(T, "d")]], text = column "c TEXT, d TEXT GENERATED ALWAYS AS (a || 'x') STORED", untyped = true },
  { "add a reference with a default", [[op.add_column(T, { "d", types.text, server_default = "one",
    references = "codes.code", references_name = op.f "fk d", ondelete = "cascade" })]], [[op.drop_column(T, "d")]],
    text = both(column "c TEXT, d TEXT DEFAULT 'one'",
      constraint "CONSTRAINT \"fk d\" FOREIGN KEY (d) REFERENCES codes (code) ON DELETE CASCADE"), untyped = true },
  { "drop a column", [[op.create_check_constraint(op.f "ck_c", T, "c <> ''") op.drop_column(T, "c")]],
    [[op.add_column(T, { "c", types.text })]], text = function(sql) return swap(sql, "c TEXT, ", "") end,
    untyped = true, changes_c = true, drops_c = true, order = true },
  { "add UNIQUE", [[op.create_unique_constraint(op.f "uq_c", T, { "c" })]], [[op.drop_constraint(op.f "uq_c", T)]],
    text = constraint "CONSTRAINT uq_c UNIQUE (c)" },
  { "add UNIQUE without a name", [[op.create_unique_constraint(nil, T, { "c", "a" })]],
    [[op.drop_constraint(nil, T, { type = "unique", columns = { "c", "a" } })]], text = constraint "UNIQUE (c, a)" },
  { "add a CHECK", [[op.create_check_constraint(op.f "ck_c", T, "c <> 'x' OR c IS NULL")]],
    [[op.drop_constraint(op.f "ck_c", T, { type = "check" })]],
    text = constraint "CONSTRAINT ck_c CHECK (c <> 'x' OR c IS NULL)" },
  { "add a foreign key", [[op.create_foreign_key(op.f "fk c", T, "codes", { "c" }, { "code" },
    { ondelete = "cascade", onupdate = "set null", deferrable = true, initially = "deferred" })]],
    [[op.drop_constraint(op.f "fk c", T, { type = "foreignkey" })]], text = constraint(
      'CONSTRAINT "fk c" FOREIGN KEY (c) REFERENCES codes (code) ON DELETE CASCADE ON UPDATE SET NULL '
      .. "DEFERRABLE INITIALLY DEFERRED"), untyped = true },
  { "add a foreign key without a name", [[op.create_foreign_key(nil, T, "codes", { "c" }, { "code" })]],
    [[op.drop_constraint(nil, T, { type = "foreignkey", columns = { "c" } })]],
    text = constraint "FOREIGN KEY (c) REFERENCES codes (code)", untyped = true },
  { "drop a CHECK", [[op.drop_constraint(op.f "ck_b", T)]], [[op.create_check_constraint(op.f "ck_b", T, "b > 0")]],
    text = function(sql) return (sql:gsub(",%s*CONSTRAINT ck_b CHECK %(b > 0%)", "")) end, order = true },
  { "rename a constraint", [[op.rename_constraint(T, "ck_b", "ck b2")]],
    [[op.rename_constraint(T, "ck b2", "ck_b")]],
    text = function(sql) return swap(sql, "CONSTRAINT ck_b", 'CONSTRAINT "ck b2"') end },
  { "a batch", [[op.batch_alter_table(T, function(t)
      t.add_column({ "d", types.integer, nullable = false, server_default = 3 })
      t.create_check_constraint(op.f "ck_d", "d > 0")
      t.create_index("ix d " .. N, { "d", "b" })
      t.alter_column("c", { nullable = false })
    end)]], [[op.batch_alter_table(T, function(t)
      t.alter_column("c", { nullable = true })
      t.drop_index("ix d " .. N)
      t.drop_constraint(op.f "ck_d")
      t.drop_column("d")
    end)]], text = both(column "c TEXT NOT NULL, d INTEGER NOT NULL DEFAULT 3", constraint "CONSTRAINT ck_d CHECK (d > 0)"),
    untyped = true, indexes = { 'CREATE INDEX "ix d $n" ON $t (d, b)' } },
  { "one after the other", [[op.alter_column(T, "c", { nullable = false })
    op.create_check_constraint(op.f "ck_c", T, "c <> 'x'")
    op.create_unique_constraint(op.f "uq_c", T, { "c" })
    op.add_column(T, { "d", types.text })
    op.drop_constraint(op.f "uq_c", T)]], [[op.drop_column(T, "d")
    op.drop_constraint(op.f "ck_c", T)
    op.alter_column(T, "c", { nullable = true })]],
    text = both(column "c TEXT NOT NULL, d TEXT", constraint "CONSTRAINT ck_c CHECK (c <> 'x')"), untyped = true },
}

return M
