--- Every option of the operations on objects: up, down and up again, online and printed, in the database's own
--- schema and in another one. What is there is compared by the servers' own tools (tests/support/round.lua).
local e2e = require "support.e2e"
local round = require "support.round"

local SETUP = [[
  op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "b", types.varchar(20) } }, W())
  op.bulk_insert("t", { { id = 1, a = 1, b = "x" }, { id = 2, a = 2, b = "y" } }, W())
]]

local CASES = {}

CASES["views"] = {
  up = [[
    op.create_view("v1", "SELECT a, b FROM " .. T "t" .. " ; ", W { columns = { "Aa", "select" } })
    op.create_view("v1", "SELECT 1 AS other", W { if_not_exists = true })
    op.create_view("v2", op.sql("SELECT a FROM " .. T "t"), W { replace = true })
    op.create_view("v2", "SELECT a, b FROM " .. T "t", W { replace = true })
    op.replace_view("v3", "SELECT id FROM " .. T "t", W())
    op.replace_view("v3", "SELECT id, a FROM " .. T "t", W { columns = { "one", "two" } })
    op.create_view("Gone \"q\"", "SELECT id FROM " .. T "t", W())
    op.drop_view("Gone \"q\"", W())
    op.drop_view("Gone \"q\"", W { if_exists = true })
    if PG then
      op.create_view("m1", "SELECT a FROM t_", { materialized = true, if_not_exists = true })
    end
  ]],
  down = [[
    op.drop_view("v3", W { if_exists = true }) op.drop_view("v3", W { if_exists = true })
    op.drop_view("v2", W()) op.drop_view("v1", W())
    if PG then op.drop_view("m1", { materialized = true, if_exists = true }) op.drop_view("m1", { materialized = true, if_exists = true }) end
  ]],
}
CASES["views"].up = CASES["views"].up:gsub("FROM t_", "FROM \" .. T \"t\" .. \"")

CASES["triggers"] = {
  setup = [[op.create_table("log", { { "n", types.integer } }, W())
    local fire = W { returns = "trigger", body = "BEGIN RETURN NULL; END" }
    if PG then op.create_function("fire()", fire) end]],
  up = [[
    local body = op.by_dialect { postgresql = "BEGIN INSERT INTO " .. T "log" .. " VALUES (NEW.a); RETURN NULL; END",
      sqlite = "BEGIN INSERT INTO log VALUES (NEW.a); SELECT 1; END", default = "BEGIN INSERT INTO " .. T "log" .. " VALUES (NEW.a); END" }
    op.create_trigger("r1", "t", W { when = "after insert", for_each = "row", body = body })
    op.create_trigger("r1", "t", W { when = "after update", body = body, if_not_exists = true })
    op.create_trigger("r2", "t", W { when = "AFTER  Update", body = body })
    op.create_trigger("r2", "t", W { when = "after update", body = body, replace = true })
    op.create_trigger("R three", "t", W { when = "before delete", body = op.by_dialect { postgresql = "BEGIN RETURN OLD; END;",
      sqlite = "DELETE FROM log WHERE n = OLD.a", default = "DELETE FROM " .. T "log" .. " WHERE n = OLD.a" } })
    if not MYSQL then
      op.create_trigger("r4", "t", W { when = "after update of a, b", condition = "NEW.a > 3", body = body })
    end
    if PG then
      op.create_trigger("r5", "t", W { when = "after insert or update of a or delete", for_each = "statement", execute = T "fire" .. "()" })
      op.create_trigger("r6", "t", W { when = "before truncate", for_each = "statement", execute = T "fire" .. "()", if_not_exists = true })
      op.drop_trigger("r6", "t", W { cascade = true })
    end
    if not MYSQL then
      op.create_view("v", "SELECT a FROM " .. T "t", W())
      op.create_trigger("r7", "v", W { when = "instead of insert", body = op.by_dialect { postgresql = "BEGIN RETURN NEW; END", default = "SELECT 1" } })
    end
    op.create_trigger("gone", "t", W { when = "after delete", body = op.by_dialect { postgresql = "BEGIN RETURN NULL; END",
      default = "DELETE FROM " .. (SQLITE and "log" or T "log") } })
    op.drop_trigger("gone", "t", W())
    op.drop_trigger("gone", "t", W { if_exists = true })
  ]],
  down = [[
    if not MYSQL then
      op.drop_trigger("r7", "v", W { if_exists = true })
      op.drop_view("v", W())
    end
    if PG then op.drop_trigger("r5", "t", W()) end
    if not MYSQL then op.drop_trigger("r4", "t", W { if_exists = true }) end
    op.drop_trigger("R three", "t", W()) op.drop_trigger("r2", "t", W()) op.drop_trigger("r1", "t", W { if_exists = true })
    op.drop_trigger("r1", "t", W { if_exists = true })
  ]],
}

CASES["indexes"] = {
  up = [[
    op.create_index("ix1", "t", { "a", "b" }, W())
    op.create_index("ix1", "t", { "b" }, W { if_not_exists = true })
    op.create_index("Ix \"2\"", "t", "b", W { unique = true, if_not_exists = true })
    op.create_index(nil, "t", { "a" }, W())
    op.create_index(nil, "t", { "a" }, W { if_not_exists = true })
    op.create_index("ix3", "t", { op.sql "b DESC", "a" }, W { using = "btree" })
    if SERVER ~= "mariadb" then op.create_index("ix4", "t", { op.sql "lower(b)", op.sql "(a + 1)" }, W()) end
    if MYSQL then
      op.create_index("ix5", "t", { "b" }, W { mysql_length = 5 })
      op.create_index("ix6", "t", { "a", "b" }, W { mysql_length = { b = 3 }, using = "btree" })
      op.create_index("ix7", "t", { "b" }, W { using = "fulltext" })
    else
      op.create_index("ix5", "t", { "b" }, W { where = "a > 3 AND b <> 'it''s'", unique = true })
    end
    op.create_index("ix8", "t", { "b", "id" }, W { concurrently = true })
    op.create_index("ix8", "t", { "b", "id" }, W { concurrently = true, if_not_exists = true })
    if PG then
      op.create_index("ix9", "t", { "b", "a" }, W { include = { "id" }, unique = true, nulls_not_distinct = true, ops = { b = "varchar_pattern_ops" } })
      op.create_index("ixh", "t", { "a" }, W { using = "hash" })
    end
    op.rename_index("t", "ix3", "Ix Three", W())
    op.create_index("gone", "t", { "a" }, W())
    op.drop_index("gone", W { table = "t", concurrently = true })
    op.drop_index("gone", W { table = "t", if_exists = true })
    op.drop_index("gone", W { table = "t", if_exists = true, concurrently = true })
  ]],
  down = [[
    op.rename_index("t", "Ix Three", "ix3", W())
    for _, n in ipairs { "ix1", "Ix \"2\"", "ix_t_a", "ix3", "ix4", "ix5", "ix6", "ix7", "ix8", "ix9", "ixh" } do
      op.drop_index(n, W { table = "t", if_exists = true })
    end
  ]],
}

CASES["constraints"] = {
  setup = [[
    op.create_table("p", { { "id", types.integer, primary_key = true }, { "k", types.integer, nullable = false, unique = true } }, W())
    op.bulk_insert("p", { { id = 1, k = 1 }, { id = 2, k = 2 } }, W())
    op.create_table("nokey", { { "x", types.integer, nullable = false }, { "y", types.integer, nullable = false } }, W())
  ]],
  up = [[
    op.create_primary_key("pk_nokey", "nokey", { "x", "y" }, W())
    op.create_primary_key("pk_nokey", "nokey", { "x", "y" }, W { if_not_exists = true })
    op.create_unique_constraint("uq1", "t", { "a", "b" }, W())
    op.create_unique_constraint("uq1", "t", { "a", "b" }, W { if_not_exists = true })
    op.create_unique_constraint(nil, "t", "b", W())
    op.create_check_constraint("ck1", "t", "a > 0 AND b <> ')'", W())
    op.create_check_constraint("ck1", "t", "a > 0", W { if_not_exists = true })
    op.create_check_constraint("Ck \"Two\"", "t", op.sql "a < 100", W())
    op.create_foreign_key("fk1", "t", "p", { "a" }, { "k" }, W { ondelete = "cascade", onupdate = "restrict", match = "simple", referent_schema = S })
    op.create_foreign_key("fk1", "t", "p", { "a" }, { "k" }, W { if_not_exists = true, referent_schema = S })
    op.create_foreign_key("fk2", "t", "p", "id", "id", { source_schema = S, referent_schema = S, ondelete = "NO ACTION" })
    if not MYSQL then
      op.create_foreign_key("fk3", "t", "p", { "a" }, { "id" }, W { deferrable = true, initially = "deferred", ondelete = "set null", onupdate = "set default", referent_schema = S })
      op.create_foreign_key("fk4", "t", "p", { "a" }, { "id" }, W { deferrable = false, initially = "immediate", referent_schema = S })
    end
    if PG then
      op.create_unique_constraint("uq2", "t", { "a" }, W { deferrable = true, initially = "immediate", include = { "b" }, nulls_not_distinct = true })
      op.create_foreign_key("fk5", "t", "p", { "a" }, { "k" }, W { not_valid = true, match = "full", referent_schema = S })
      op.validate_constraint("fk5", "t", W())
      op.create_check_constraint("ck3", "t", "a > 1", W { not_valid = true })
      op.create_exclude_constraint("ex1", "t", { { op.sql "int4range(a, a + 1)", "&&" } }, W { using = "gist", where = "a > 5", deferrable = true, initially = "deferred" })
      op.create_exclude_constraint("ex1", "t", { { op.sql "int4range(a, a + 1)", "&&" } }, W { if_not_exists = true })
      op.create_exclude_constraint(nil, "t", { { "b", "=" } }, W { using = "btree" })
    end
    op.rename_constraint("t", "ck1", "Ck One", W())
    if SERVER == "mysql" and not ctx.offline then
      op.execute("ALTER TABLE " .. T "t" .. " ADD CONSTRAINT ne CHECK (a > 7) NOT ENFORCED")
      op.rename_constraint("t", "ne", "Not enforced", W())
      op.drop_constraint("Not enforced", "t", W { type = "check" }) -- the rows would not fit, were it enforced by now
    end
    op.rename_constraint("t", "uq1", "uq one", W())
    op.rename_constraint("t", "fk1", "fk one", W())
    op.drop_constraint("none", "t", W { if_exists = true })
    for _, kind in ipairs { "unique", "check", "foreignkey" } do op.drop_constraint("none", "t", W { type = kind, if_exists = true }) end
  ]],
  down = [[
    if PG then
      op.drop_constraint(nil, "t", W { type = "exclude", columns = { "b" } })
      op.drop_constraint("ex1", "t", W { type = "exclude" })
      op.drop_constraint("ck3", "t", W { type = "check", if_exists = true })
      op.drop_constraint("fk5", "t", W())
      op.drop_constraint("uq2", "t", W { type = "unique", columns = { "a" } })
    end
    if not MYSQL then
      op.drop_constraint("fk4", "t", W { type = "foreignkey" }) op.drop_constraint("fk3", "t", W { type = "foreignkey" })
    end
    op.drop_constraint(nil, "t", W { type = "foreignkey", columns = { "id" } })
    op.rename_constraint("t", "fk one", "fk1", W())
    op.drop_constraint("fk1", "t", W { type = "foreignkey", columns = { "a" } })
    if MYSQL then op.drop_index("fk1", W { table = "t", if_exists = true }) op.drop_index("fk one", W { table = "t", if_exists = true }) end
    op.drop_constraint("Ck \"Two\"", "t", W { type = "check" })
    op.drop_constraint("Ck One", "t", W { type = "check", if_exists = true })
    op.drop_constraint(nil, "t", W { type = "unique", columns = { "b" } })
    op.drop_constraint("uq one", "t", W { type = "unique" })
    op.drop_constraint(nil, "nokey", W { type = "primary" })
  ]],
}

CASES["renames and comments"] = {
  setup = [[op.create_table("c", { { "id", types.integer, primary_key = true }, { "t_id", types.integer, references = S and { S, "t", "id" } or "t.id", index = true } }, W())]],
  up = [[
    op.rename_table("t", "T Two", W())
    op.rename_table("c", "order", W())
    op.alter_column("T Two", "a", W { new_column_name = MYSQL and "A \"q\"" or "A `q`" })
    op.alter_column("order", "t_id", W { new_column_name = "select" })
    if not SQLITE then
      op.create_table_comment("T Two", "it's a \\ 100% \"table\"", W())
      op.create_table_comment("order", "x", W()) op.create_table_comment("order", "y", W())
      op.alter_column("T Two", "b", W { comment = "col" })
    end
  ]],
  down = [[
    if not SQLITE then
      op.alter_column("T Two", "b", W { comment = op.null })
      op.drop_table_comment("order", W()) op.drop_table_comment("T Two", W())
    end
    op.alter_column("order", "select", W { new_column_name = "t_id" })
    op.alter_column("T Two", MYSQL and "A \"q\"" or "A `q`", W { new_column_name = "a" })
    op.rename_table("order", "c", W())
    op.rename_table("T Two", "t", W())
  ]],
}

CASES["columns and tables"] = {
  up = [[
    op.create_table("n", { { "id", types.bigint, primary_key = true }, { "x", types.varchar(5), unique = true } }, W { if_not_exists = true })
    op.create_table("n", { { "id", types.bigint, primary_key = true }, { "x", types.varchar(5), unique = true } }, W { if_not_exists = true })
    op.add_column("t", { "c", types.integer, server_default = 4, nullable = false }, W())
    op.add_column("t", { "c", types.text }, W { if_not_exists = true })
    op.add_column("t", { "d", types.varchar(9), index = true, unique = true }, W { if_not_exists = true })
    op.add_column("t", { "e", types.bigint, references = S and { S, "n", "id" } or "n.id", ondelete = "set null" }, W())
    op.add_column("t", { "f", types.integer, check = op.check("f > 0", { name = "ck_f" }) }, W())
    op.add_column("t", { "gone", types.integer }, W())
    op.drop_column("t", "gone", W())
    op.drop_column("t", "gone", W { if_exists = true })
    op.create_table("gone", { { "id", types.integer } }, W())
    op.drop_table("gone", W())
    op.drop_table("gone", W { if_exists = true })
    op.batch_alter_table("t", W(), function(b)
      b.add_column({ "g", types.integer }, { if_not_exists = true })
      b.add_column({ "h", types.integer, server_default = 2 })
      b.create_index("ix_g", { "g" })
      b.alter_column("h", { new_column_name = "hh", nullable = false, server_default = 1 })
    end)
  ]],
  down = [[
    op.batch_alter_table("t", W(), function(b)
      b.drop_index("ix_g")
      b.drop_column("hh")
      b.drop_column("g", { if_exists = true })
    end)
    op.drop_constraint("ck_f", "t", W { type = "check" })
    op.drop_column("t", "f", W())
    op.drop_constraint(nil, "t", W { type = "foreignkey", columns = { "e" } })
    for _, n in ipairs { "e", "d", "c", "c" } do op.drop_column("t", n, W { if_exists = true }) end
    op.drop_table("n", W { if_exists = true }) op.drop_table("n", W { if_exists = true })
  ]],
}

CASES["enums"] = {
  up = [[
    op.create_enum("mood", { "a", "b'c" }, W())
    op.create_enum("mood", { "a", "b'c" }, W { if_not_exists = true })
    op.create_table("e", { { "id", types.integer, primary_key = true },
      { "m", types.enum("mood", { "a", "b'c" }, W()), server_default = "a", nullable = false } }, W())
    op.insert("e", { id = 1 }, W())
    op.add_enum_value("mood", "z", W { before = "a", columns = { { "e", "m" } } })
    op.add_enum_value("mood", "z", W { if_not_exists = true, columns = { { "e", "m" } } })
    op.alter_enum("mood", { "z", "x", "y" }, W { rename = { a = "x", ["b'c"] = "y" }, columns = { { "e", "m" } } })
    op.add_enum_value("mood", "last", W { after = "y", columns = { { "e", "m" } } })
    op.insert("e", { id = 2, m = "z" }, W())
    op.create_enum("gone", { "q" }, W()) op.drop_enum("gone", W()) op.drop_enum("gone", W { if_exists = true })
  ]],
  down = [[
    op.drop_table("e", W())
    op.drop_enum("mood", W { if_exists = true })
    op.drop_enum("mood", W { if_exists = true })
  ]],
}

if e2e.dialect ~= "sqlite" then
  CASES["functions"] = {
    up = [[
      local function body(text) return op.by_dialect { postgresql = "BEGIN RETURN " .. text .. "; END", default = "RETURN " .. text } end
      for _, v in ipairs { "immutable", "stable", "volatile" } do
        op.create_function("f_" .. v .. "(n integer)", W { returns = "integer", volatility = v, body = body "n + 1" })
      end
      op.create_function("f_stable(n integer)", W { returns = "integer", body = body "n + 2", if_not_exists = true })
      op.create_function("f_volatile(n integer)", W { returns = "integer", body = body "n + 3", replace = true })
      op.create_function("f_volatile(n integer)", W { returns = "integer", body = body "n + 4", replace = true })
      if PG then
        op.create_function("f_sql(a integer, b text DEFAULT 'x, y')", W { returns = "text", language = "sql", body = "SELECT b || $body$z$body$" })
      else
        op.create_function("f_sql()", W { returns = "varchar(20)", language = "SQL", body = "BEGIN DECLARE x varchar(9); SET x = 'a;b'; RETURN x; END" })
      end
      op.create_function("gone()", W { returns = "integer", body = body "1" })
      op.drop_function("gone()", W { cascade = PG or nil })
      op.drop_function("gone()", W { if_exists = true })
    ]],
    down = [[
      op.drop_function(PG and "f_sql(integer, text)" or "f_sql", W())
      for _, v in ipairs { "immutable", "stable", "volatile" } do op.drop_function("f_" .. v .. "(n integer)", W { if_exists = true }) end
      op.drop_function("f_stable(n integer)", W { if_exists = true })
    ]],
  }
end

if e2e.db == "postgresql" or e2e.db == "mariadb" then
  CASES["sequences"] = {
    up = [[
      op.create_sequence("s1", W())
      op.create_sequence("s1", W { if_not_exists = true, start = 4 })
      op.create_sequence("S \"2\"", W { start = 10, increment = -5, minvalue = -100, maxvalue = 20, cache = 7, cycle = true })
      op.create_sequence("s3", W { start = 3, cycle = false })
      op.create_sequence("gone", W()) op.drop_sequence("gone", W { cascade = PG or nil }) op.drop_sequence("gone", W { if_exists = true })
    ]],
    down = [[ op.drop_sequence("s3", W()) op.drop_sequence("S \"2\"", W { if_exists = true }) op.drop_sequence("s1", W()) op.drop_sequence("s1", W { if_exists = true }) ]],
  }
end

if e2e.db == "postgresql" then
  CASES["schemas and extensions"] = {
    up = [[
      op.create_schema("New S") op.create_schema("New S", { if_not_exists = true })
      op.create_table("x", { { "id", types.integer } }, { schema = "New S" })
      op.create_schema("gone") op.drop_schema("gone") op.drop_schema("gone", { if_exists = true })
      op.create_extension("pgcrypto", W { if_not_exists = true, version = "1.3" }) op.create_extension("pgcrypto", { if_not_exists = true })
      op.create_extension("earthdistance", W { cascade = true })
      op.create_extension("citext") op.drop_extension("citext") op.drop_extension("citext", { if_exists = true })
      op.create_extension("hstore", W()) op.drop_extension("hstore", W { if_exists = true, cascade = true })
    ]],
    down = [[
      op.drop_extension("cube", { cascade = true }) op.drop_extension("pgcrypto", W())
      op.drop_schema("New S", { cascade = true }) op.drop_schema("New S", { if_exists = true, cascade = true })
    ]],
  }
  CASES["materialized views"] = {
    up = [[
      local q = "SELECT a FROM " .. T "t"
      op.create_view("m1", q, W { materialized = true })
      op.create_view("m1", q .. " WHERE a > 1", W { materialized = true, if_not_exists = true })
      op.create_view("m2", q, W { materialized = true, columns = { "Q" }, replace = true })
      op.replace_view("m2", q .. " WHERE a > 1", W { materialized = true, columns = { "Q2" } })
      op.replace_view("m3", q, W { materialized = true })
      op.create_index("ix_m", "m3", { "a" }, W { unique = true })
      op.create_view("on_it", "SELECT * FROM " .. T "m3", W())
      op.create_view("gone", q, W { materialized = true }) op.drop_view("gone", W { materialized = true })
      op.drop_view("gone", W { materialized = true, if_exists = true, cascade = true })
      op.create_view("tmp", q, { temporary = true }) op.drop_view("tmp")
    ]],
    down = [[
      op.drop_view("m3", W { materialized = true, cascade = true })
      op.drop_view("m2", W { materialized = true, if_exists = true }) op.drop_view("m1", W { materialized = true })
    ]],
  }
end

describe("every option on " .. e2e.db .. " of", function()
  after_each(e2e.cleanup)

  local names = {}
  for name in pairs(CASES) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local case = CASES[name]
    for _, schema in ipairs { false, true } do
      it(name .. (schema and " in another schema" or ""), function()
        -- Definitions are slow on MySQL: there each way is gone once, in one schema or the other.
        local slow = e2e.db == "mysql"
        round.check { setup = SETUP .. (case.setup or ""), up = case.up, down = case.down, schema = schema,
          again = not (slow and schema), offline = not (schema and e2e.dialect == "sqlite") and not (slow and not schema) }
      end)
    end
  end
end)
