--- What the core asks of a record: digest, description, reversal, statements.

local host = require "support.lua_host"
local lib = require "curlew.op"

local function record(server, fn, fields)
  local op, h = host.op(server, fields)
  fn(op, op.types)
  return h.steps[#h.steps], h
end

local function digest(fn, server)
  return lib.describe(record(server or "postgresql", fn), host.dialect(server or "postgresql")).digest
end

describe("the digest of a step", function()
  it("is the same for the same call", function()
    local function call(op, t) op.create_table("t", { { "a", t.integer, unique = true, server_default = 1 } }) end
    assert.equal(digest(call), digest(call))
  end)

  it("changes with names, options and expressions", function()
    local seen = {}
    for _, call in ipairs {
      function(op, t) op.add_column("t", { "a", t.integer }) end,
      function(op, t) op.add_column("t", { "b", t.integer }) end,
      function(op, t) op.add_column("u", { "a", t.integer }) end,
      function(op, t) op.add_column("t", { "a", t.bigint }) end,
      function(op, t) op.add_column("t", { "a", t.integer, nullable = false }) end,
      function(op, t) op.add_column("t", { "a", t.integer, server_default = op.sql "1" }) end,
      function(op, t) op.add_column("t", { "a", t.integer, server_default = op.sql "2" }) end,
      function(op) op.execute "SELECT 1" end,
      function(op) op.execute "SELECT 2" end,
      function(op) op.insert("t", { a = 1 }) end,
      function(op) op.insert("t", { b = 1 }) end,
      function(op) op.update("t", { a = 1 }, { b = 2 }) end,
      function(op) op.update("t", { a = 1 }, { c = 2 }) end,
      function(op) op.update("t", { a = op.sql "b" }, { c = 2 }) end,
      function(op) op.delete("t", op.all) end,
      function(op) op.delete("t", op.sql "a = 1") end,
    } do
      local text = digest(call)
      assert.is_nil(seen[text])
      seen[text] = true
    end
  end)

  it("never holds a value, bound or literal", function()
    local secret = "s3cr3t"
    for _, call in ipairs {
      function(op) op.insert("t", { a = secret }) end,
      function(op) op.bulk_insert("t", { { a = secret }, { a = 1 } }) end,
      function(op) op.update("t", { a = secret }, { b = secret }) end,
      function(op) op.delete("t", { a = { secret } }) end,
      function(op) op.execute("UPDATE t SET a = :a", { a = secret }) end,
      function(op, t) op.add_column("t", { "a", t.text, server_default = secret }) end,
    } do
      assert.is_nil(digest(call):find(secret, 1, true))
    end
  end)

  it("does not change with the values", function()
    assert.equal(digest(function(op) op.insert("t", { a = 1 }) end), digest(function(op) op.insert("t", { a = 2 }) end))
  end)
end)

describe("the journal's form of a step", function()
  it("holds no parameters", function()
    local d = host.dialect "sqlite"
    for _, call in ipairs {
      function(op) op.insert("t", { a = "s3cr3t" }) end,
      function(op) op.execute("UPDATE t SET a = ?", { "s3cr3t" }) end,
    } do
      local text = require("curlew.op.digest").text(lib.describe(record("sqlite", call), d).record)
      assert.is_nil(text:find("s3cr3t", 1, true))
    end
  end)

  it("can be held by JSON: no infinite number, no bytes, no function", function()
    local described = lib.describe(record("postgresql", function(op, t)
      op.add_column("t", { "a", t.double, server_default = math.huge })
    end), host.dialect "postgresql")
    assert.same({ sql = "'Infinity'::float8" }, described.record.column.default)
  end)
end)

describe("the description of a step", function()
  it("tells DDL from changes of rows", function()
    local d = host.dialect "postgresql"
    assert.is_true(lib.describe(record("postgresql", function(op) op.drop_table "t" end), d).ddl)
    assert.is_false(lib.describe(record("postgresql", function(op) op.delete("t", op.all) end), d).ddl)
    assert.is_true(lib.describe(record("postgresql", function(op) op.execute "/* a */ -- b\n Drop TABLE t" end), d).ddl)
    assert.is_false(lib.describe(record("postgresql", function(op) op.execute "UPDATE t SET a = 1" end), d).ddl)
  end)

  it("says that a concurrent index leaves the transaction, on PostgreSQL only", function()
    local function call(op) op.create_index("i", "t", { "a" }, { concurrently = true }) end
    assert.is_true(lib.describe(record("postgresql", call), host.dialect "postgresql").autocommit)
    assert.is_false(lib.describe(record("mysql", call), host.dialect "mysql").autocommit)
  end)

  it("groups operations on one table on SQLite only", function()
    local function call(op) op.drop_column("t", "a") end
    assert.equal("main.t", lib.describe(record("sqlite", call), host.dialect "sqlite").group)
    assert.is_nil(lib.describe(record("postgresql", call), host.dialect "postgresql").group)
  end)

  it("cuts a long statement on a character's border", function()
    local described = lib.describe(record("sqlite", function(op) op.execute("SELECT '" .. ("ä"):rep(100) .. "'") end),
      host.dialect "sqlite")
    assert(utf8.len(described.summary), described.summary)
    assert(#described.summary < 80)
  end)
end)

describe("the reversal", function()
  local function reversed(fn)
    local back = lib.reverse(record("postgresql", fn))
    if not back then return nil end
    local texts = {}
    for _, statement in ipairs(lib.compile(back, { dialect = host.dialect "postgresql" })) do
      texts[#texts + 1] = statement.sql
    end
    return table.concat(texts, "; ")
  end

  it("of what is created drops it", function()
    assert.equal("DROP TABLE s.t", reversed(function(op, t) op.create_table("t", { { "a", t.text } }, { schema = "s" }) end))
    assert.equal("ALTER TABLE t DROP COLUMN a", reversed(function(op, t) op.add_column("t", { "a", t.text }) end))
    assert.equal("DROP INDEX ix_t_a", reversed(function(op) op.create_index(nil, "t", { "a" }) end))
    assert.equal("ALTER TABLE t DROP CONSTRAINT c",
      reversed(function(op) op.create_check_constraint("c", "t", "a > 0") end))
    assert.equal("DROP VIEW v", reversed(function(op) op.create_view("v", "SELECT 1") end))
  end)

  it("of a renaming renames back", function()
    assert.equal("ALTER TABLE b RENAME TO a", reversed(function(op) op.rename_table("a", "b") end))
    assert.equal("ALTER TABLE t RENAME COLUMN b TO a",
      reversed(function(op) op.alter_column("t", "a", { new_column_name = "b" }) end))
  end)

  it("of a change needs to know what was there before", function()
    assert.is_nil(reversed(function(op) op.alter_column("t", "a", { nullable = false }) end))
    assert.equal("ALTER TABLE t ALTER COLUMN a DROP NOT NULL",
      reversed(function(op) op.alter_column("t", "a", { nullable = false, existing_nullable = true }) end))
  end)

  it("of a loss is none", function()
    assert.is_nil(reversed(function(op) op.drop_table "t" end))
    assert.is_nil(reversed(function(op) op.drop_column("t", "a") end))
    assert.is_nil(reversed(function(op) op.execute "DROP TABLE t" end))
  end)

  it("of a batch undoes its operations from the end", function()
    assert.equal("ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP COLUMN a", reversed(function(op, t)
      op.batch_alter_table("t", function(b)
        b.add_column { "a", t.text }
        b.add_column { "b", t.text }
      end)
    end))
  end)
end)

describe("inserts", function()
  it("send rows of one shape as one batch, in order", function()
    local list = host.compile("postgresql", function(op)
      op.bulk_insert("t", { { a = 1, b = 2 }, { b = 4, a = 3 }, { a = 5 }, { a = op.null } })
    end)
    assert.equal(2, #list)
    assert.equal("INSERT INTO t (a, b) VALUES ($1, $2)", list[1].sql)
    assert.same({ { 1, 2 }, { 3, 4 } }, list[1].batch)
    assert.same({ { 5 }, { host.null } }, list[2].batch)
  end)

  it("keep an expression as a part of the statement", function()
    local list = host.compile("sqlite", function(op)
      op.bulk_insert("t", { { a = op.sql "x", b = 1 }, { a = op.sql "x", b = 2 }, { a = op.sql "y", b = 3 } })
    end)
    assert.equal("INSERT INTO t (a, b) VALUES (x, ?)", list[1].sql)
    assert.same({ { 1 }, { 2 } }, list[1].batch)
    assert.equal("INSERT INTO t (a, b) VALUES (y, ?)", list[2].sql)
  end)

  it("take values by dialect", function()
    for server, value in pairs { postgresql = "p", mysql = "d", mariadb = "m", sqlite = "d" } do
      local list = host.compile(server, function(op)
        op.insert("t", { a = op.by_dialect { postgresql = "p", mariadb = "m", default = "d" } })
      end)
      assert.same({ value }, list[1].params)
    end
  end)
end)

describe("the key of an insert", function()
  it("is the server's, or the row's own where that is known", function()
    local op = host.op("sqlite", { on_step = function() return 1, 42 end })
    assert.equal(42, op.insert("t", { a = 1 }))
    op = host.op("sqlite", { on_step = function(step)
      step.known_key = 7
      return 1, nil
    end })
    assert.equal(7, op.insert("t", { id = 7 }))
  end)

  it("is the number of rows when there are several", function()
    local op = host.op("sqlite", { on_step = function() return 2 end })
    assert.equal(2, op.insert("t", { { a = 1 }, { a = 2 } }))
    assert.equal(2, op.bulk_insert("t", { { a = 1 }, { a = 2 } }))
  end)

  it("raises offline when it is used, not before", function()
    local op = host.op("sqlite", { offline = true, on_step = function() return 0 end })
    local key = op.insert("t", { a = 1 })
    for _, use in ipairs {
      function() return key + 1 end, function() return "a" .. key end, function() return tostring(key) end,
      function() op.insert("u", { t_id = key }) end, function() op.update("u", { a = 1 }, { t_id = key }) end,
    } do
      local ok, err = pcall(use)
      assert.is_false(ok)
      assert(tostring(err):find("not known under --sql", 1, true), err)
    end
  end)

  it("say the same of a call whatever was called before it", function()
    local calls = {
      function(op) op.execute("UPDATE t SET a = :a", { a = 1 }) end, function(op) op.execute "DROP TABLE t" end,
      function(op) op.insert("t", { a = 1 }) end, function(op) op.insert("t", { a = 1, b = 2 }) end,
      function(op) op.insert("t", { { a = 1 }, { a = 2 } }) end, function(op) op.insert("t", { a = 1 }, { schema = "s" }) end,
      function(op) op.insert("t", { a = 1 }, { on_conflict = "ignore" }) end, function(op) op.insert("u", { a = 1 }) end,
      function(op) op.update("t", { a = 1 }, { b = 1 }) end, function(op) op.update("t", { a = 1, b = 1 }, op.all) end,
      function(op) op.update("t", { a = op.sql "b" }, { b = 1 }) end, function(op) op.update("t", { a = 1 }, { b = op.sql "c" }) end,
      function(op) op.update("t", { a = 1 }, op.sql "b") end, function(op) op.update("t", { a = 1 }, op.all, { schema = "s" }) end,
    }
    local shared = host.dialect "postgresql"
    local function text_of(call, d)
      local described = lib.describe(record("postgresql", call), d)
      return require("curlew.op.digest").text { described.summary, described.digest, tostring(described.ddl), described.record }
    end
    for _, first in ipairs(calls) do
      for _, second in ipairs(calls) do
        text_of(first, shared)
        local own = text_of(second, host.dialect "postgresql") -- nothing is remembered for another dialect's object
        text_of(first, shared)
        assert.equal(own, text_of(second, shared))
      end
    end
  end)
end)
