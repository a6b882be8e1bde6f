--- Whether an operation has happened is told from the catalog: before it is run, and after.
local e2e = require "support.e2e"

describe("probes on " .. e2e.db, function()
  after_each(e2e.cleanup)

  --- Lua of a revision: probed(fn) takes the records of fn without running them, and runs each between two
  --- probes. The library's own entry points are used as the core uses them.
  local HEAD = [[
    local lib = require "curlew.op"
    local dialect = require("curlew.dialect").get(ctx.dialect, ctx.server, ctx.server_version)
    local env = { dialect = dialect, conn = op.get_bind() }
    local kept = {}
    local host = { step = function(record) kept[#kept + 1] = record return 0 end, running = function() end,
      context = function() return ctx end, dialect = function() return dialect end }
    local recorder = lib.build(host)
    local function probed(fn, before, after)
      if before == nil then before, after = false, true end
      kept = {}
      fn(recorder)
      for _, record in ipairs(kept) do
        local now = lib.probe(record, env)
        assert(now == before, record.op .. " before: " .. tostring(now))
        op.invoke(record)
        now = lib.probe(record, env)
        assert(now == after, record.op .. " after: " .. tostring(now))
      end
    end
  ]]

  local function passes(up)
    local p = e2e.project()
    p:revision { "a1", up = HEAD .. up }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
  end

  it("know tables, columns, indexes and views", function()
    passes [[
      probed(function(op)
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
        op.rename_table("t", "t2")
        op.add_column("t2", { "b", types.varchar(10) })
        op.create_index("ix", "t2", { "a" })
        op.rename_index("t2", "ix", "ix2")
        op.alter_column("t2", "a", { new_column_name = "c" })
        op.create_view("v", "SELECT b FROM t2")
        op.drop_view("v")
        op.drop_index("ix2", { table = "t2" })
        op.drop_column("t2", "b")
        op.drop_table("t2")
      end)
    ]]
  end)

  it("know triggers", function()
    passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true } })
      probed(function(op)
        op.create_trigger("trg", "t", { when = "after delete", body = op.by_dialect {
          postgresql = "BEGIN RETURN NULL; END", default = "BEGIN DELETE FROM t WHERE id = 1; END" } })
        op.drop_trigger("trg", "t")
      end)
    ]]
  end)

  if e2e.db ~= "sqlite" then
    it("know constraints, functions and schemas", function()
      local schema = "cw_" .. os.time() .. math.random(1000000)
      passes(([[
        local schema = %q
        op.create_table("u", { { "id", types.integer, primary_key = true } })
        op.create_table("t", { { "id", types.integer, nullable = false }, { "a", types.integer } })
        probed(function(op)
          op.create_primary_key("pk", "t", { "id" })
          op.create_unique_constraint("uq", "t", { "a" })
          op.create_check_constraint("ck", "t", "a > 0")
          op.create_foreign_key("fk", "t", "u", { "a" }, { "id" })
          op.alter_column("t", "a", { nullable = false })
          op.rename_constraint("t", "ck", "ck2")
          op.drop_constraint("fk", "t", { type = "foreignkey" })
          op.drop_constraint("ck2", "t", { type = "check" })
          op.drop_constraint("uq", "t", { type = "unique" })
          op.drop_constraint(nil, "t", { type = "primary" })
          op.create_function("f()", { returns = "integer", body = op.by_dialect {
            postgresql = "BEGIN RETURN 1; END", default = "RETURN 1" } })
          op.drop_function("f()")
          op.create_schema(schema)
          op.drop_schema(schema)
        end)
      ]]):format(schema))
    end)

    it("know a batch when all of it is there or nothing", function()
      passes [[
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
        probed(function(op)
          op.batch_alter_table("t", function(t)
            t.add_column { "b", types.integer }
            t.create_check_constraint("ck", "a > 0")
          end)
        end)
        kept = {}
        recorder.batch_alter_table("t", function(t)
          t.add_column { "b", types.integer }
          t.add_column { "c", types.integer }
        end)
        assert(lib.probe(kept[1], env) == nil)
      ]]
    end)
  end

  if e2e.db == "postgresql" then
    it("know enums, sequences and extensions, and an index that was not finished", function()
      passes [[
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
        probed(function(op)
          op.create_enum("e", { "a" })
          op.add_enum_value("e", "b")
          op.alter_enum("e", { "a", "c" })
          op.drop_enum("e")
          op.create_sequence("s")
          op.drop_sequence("s")
          op.create_extension("btree_gist")
          op.drop_extension("btree_gist")
          op.create_index("ix", "t", { "a" })
        end)
        op.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass")
        assert(lib.probe(kept[#kept], env) == false)
      ]]
    end)
  end

  it("can't tell of rows and raw SQL", function()
    passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true } })
      for _, fn in ipairs { function(op) op.execute "DELETE FROM t" end, function(op) op.insert("t", { id = 1 }) end,
        function(op) op.update("t", { id = 1 }, op.all) end, function(op) op.delete("t", op.all) end } do
        kept = {}
        fn(recorder)
        assert(lib.probe(kept[1], env) == nil)
        assert(lib.describe(kept[1], dialect).probe == false)
      end
    ]]
  end)
end)
