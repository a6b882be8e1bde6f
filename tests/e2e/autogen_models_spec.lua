--- Models files: what bad ones get, the hooks of curlew.lua, several databases, other schemas.
local e2e = require "support.e2e"

local HEAD = [[
local schema = require "curlew.schema"
local types = schema.types
local M = schema.metadata {}
]]

local function project(config)
  return e2e.project { config = (config or "") .. ' models = "models",' }
end

local function models(p, text) p:write("models.lua", HEAD .. text .. "\nreturn M\n") end

local function has(wanted, text) assert.truthy(text:find(wanted, 1, true), ("no %q in:\n%s"):format(wanted, text)) end

local function must(p, ...)
  local r = p:run(...)
  assert.equal(0, r.code, table.concat({ ... }, " ") .. "\n" .. r.out .. r.err)
  return r
end

local T = 'M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })\n'

describe("models on " .. e2e.db, function()
  after_each(e2e.cleanup)

  --- Each: the text of the models file, and what the error has to say besides the file.
  local BAD = {
    { "raises", HEAD .. 'error("no such thing")', { "models.lua:4", "no such thing" } },
    { "has a syntax error", HEAD .. "local x = = 1", { "models.lua:4", "syntax error" } },
    { "returns nothing", HEAD, { "must return the metadata", "return M" } },
    { "declares a table twice", HEAD .. T .. T .. "return M", { "models.lua:5", "declared already at models.lua:4" } },
    { "references a missing table", HEAD .. T .. 'M:table("u", { { "t_id", types.integer, references = "tt.id" } })\nreturn M',
      { "models.lua:5", 'table "tt", which is not declared', "did you mean t?" } },
    { "references a missing column", HEAD .. T .. 'M:table("u", { { "t_id", types.integer, references = "t.idd" } })\nreturn M',
      { "models.lua:5", 'column "idd" of table "t"', "did you mean id?" } },
    { "misspells an option", HEAD .. 'M:table("u", { { "a", types.integer, nulable = false } })\nreturn M',
      { "models.lua:4", "nulable", "did you mean nullable?" } },
    { "uses a type that the database does not have", HEAD
      .. 'M:table("u", { { "id", types.integer, primary_key = true }, { "a", types.raw "no such type" } })\nreturn M',
      { "models.lua:4", 'table "u"' }, except = "sqlite" },
    { "has an array where there are none", HEAD .. 'M:table("u", { { "a", types.array(types.text) } })\nreturn M',
      { "models.lua:4", "array" }, except = "postgresql" },
    { "misspells the module", HEAD .. "return schem", { "models.lua:4", "schem" } },
  }
  for _, case in ipairs(BAD) do
    if case.except ~= e2e.db then
      it("that " .. case[1] .. " is said with its line, exit 3", function()
        local p = project()
        p:write("models.lua", case[2])
        local r = p:run("check")
        assert.equal(3, r.code, r.out .. r.err)
        for _, wanted in ipairs(case[3]) do has(wanted, r.err) end
        assert.falsy(r.err:find("traceback", 1, true))
      end)
    end
  end

  it("have to be named, and found", function()
    local p = e2e.project {}
    local r = p:run("check")
    assert.equal(3, r.code)
    has("sets no `models`", r.err)
    p = project()
    r = p:run("migrate", "-m", "x")
    assert.equal(3, r.code, r.err)
    has("models", r.err)
    p = e2e.project { config = "models = 5," }
    r = p:run("check")
    assert.equal(3, r.code)
    has("`models` must be the name of a Lua module", r.err)
  end)

  it("may be several modules", function()
    local p = e2e.project { config = 'models = { "one", "app.two" },' }
    p:write("one.lua", HEAD .. T .. "return M")
    p:write("app/two.lua", HEAD .. 'M:table("u", { { "id", types.integer, primary_key = true } })\nreturn M')
    assert.equal("create_table t\ncreate_table u\n", p:run("check").out)
  end)

  it("give JSON", function()
    local p = project()
    models(p, T)
    local r = p:run("check", "--format", "json")
    assert.equal(6, r.code)
    local doc = e2e.json(r.out)
    assert.equal("create_table", doc.differences[1].op)
    assert.equal("t", doc.differences[1].table)
    assert.equal("differences", doc.error.code)
    r = must(p, "migrate", "-m", "x", "--format", "json")
    doc = e2e.json(r.out)
    assert.truthy(doc.path)
    assert.equal(1, #doc.differences)
  end)

  it("are compared only where every revision has been applied", function()
    local p = project()
    models(p, T)
    must(p, "migrate", "-m", "x")
    local r = p:run("check")
    assert.equal(1, r.code)
    has("not up to date", r.err)
    r = p:run("migrate", "-m", "y")
    assert.equal(1, r.code)
    must(p, "upgrade")
    must(p, "check")
  end)

  it("are silent about triggers, and check says that it left them out", function()
    local p = project()
    models(p, T)
    must(p, "migrate", "-m", "x")
    must(p, "upgrade")
    if e2e.db == "postgresql" then
      p:sql "CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
      p:sql "CREATE TRIGGER touch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touched()"
    elseif e2e.db == "sqlite" then
      p:sql "CREATE TRIGGER touch AFTER INSERT ON t BEGIN SELECT 1; END"
    else
      p:sql "CREATE TRIGGER touch BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"
    end
    local r = must(p, "check")
    has("not compared", r.err)
    has("trigger touch", r.err)
    has("-- trigger touch on t", must(p, "reflect").out)
  end)

  it("leave nothing behind", function()
    local p = project()
    models(p, T)
    local before = e2e.db == "postgresql" and "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'curlew_scratch%'"
      or e2e.dialect == "mysql" and "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'curlew_scratch%'"
    p:run("check")
    if before then
      assert.same({ { "0" } }, p:sql(before))
    else
      assert.falsy(e2e.exists(p.url:gsub("^sqlite:///", "")))
    end
  end)
end)

describe("hooks of autogenerate on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("leave objects out", function()
    local p = project [[
      include_name = function(name, kind) return not (kind == "table" and name:find("^legacy_")) end,
      include_object = function(object, name, kind, reflected) return not (kind == "column" and name == "secret") end,]]
    p:sql("CREATE TABLE legacy_a (id INTEGER PRIMARY KEY)")
    p:sql("CREATE TABLE t (id INTEGER NOT NULL, a INTEGER, secret INTEGER, CONSTRAINT pk_t PRIMARY KEY (id))")
    models(p, 'M:table("t", { { "id", types.integer, autoincrement = false }, { "a", types.integer }, '
      .. (e2e.db == "sqlite" and 'schema.primary_key({ "id" }, { name = "pk_t" }) })' or 'schema.primary_key({ "id" }) })'))
    local r = p:run("check")
    if e2e.db == "sqlite" then
      assert.equal("alter_column t.id (type, autoincrement)\n", r.out) -- INTEGER and INT are not the same key there
    else
      assert.equal(0, r.code, r.out .. r.err)
    end
  end)

  it("decide about types and defaults", function()
    local p = project [[
      compare_type = function(where, real, wanted) if wanted.name == "a" then return false end end,
      compare_default = false,]]
    models(p, T)
    must(p, "migrate", "-m", "x")
    must(p, "upgrade")
    models(p, 'M:table("t", { { "id", types.integer, primary_key = true }, '
      .. '{ "a", types.varchar(20), server_default = "x" } })')
    must(p, "check")
  end)

  it("edit, drop and add operations", function()
    local p = project [[
      on_autogenerate = function(ops, make)
        local kept = {}
        for _, o in ipairs(ops) do
          if o.op ~= "create_table" or o.table ~= "u" then kept[#kept + 1] = o end
        end
        kept[#kept + 1] = make.create_index("ix_own", "t", { "a" })
        return kept
      end,]]
    models(p, T .. 'M:table("u", { { "id", types.integer, primary_key = true } })')
    local r = must(p, "migrate", "-m", "x")
    local text = p:read(r.out:match("(%S+%.lua)"))
    assert.falsy(text:find('"u"', 1, true))
    has('op.create_index(op.f "ix_own", "t", { "a" })', text)
    has('op.drop_index("ix_own", { table = "t" })', text)
    must(p, "upgrade")
    must(p, "downgrade", "base")
    p = project "on_autogenerate = function() return { 5 } end,"
    models(p, T)
    r = p:run("check")
    assert.equal(1, r.code)
    has("on_autogenerate: entry 1 is no operation", r.err)
  end)

  it("come from plugins as comparators", function()
    local p = e2e.project { config = 'models = "models", plugins = { "extra" },', files = { ["plugins/extra.lua"] = [[
return { name = "extra", version = "1.0.0", api = 1, comparators = {
  remark = function(x)
    if #x.real.tables == 0 then
      return { { op = "execute", sql = "SELECT 1", restore = { { op = "execute", sql = "SELECT 2" } } } }
    end
  end } }
]] } }
    models(p, T)
    has("SELECT 1", p:run("check").out)
    must(p, "migrate", "-m", "x")
    must(p, "upgrade")
    must(p, "check")
  end)
end)

describe("models of several databases on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("go by database, in one revision of the multidb template", function()
    local one, two = e2e.database(), e2e.database()
    local p = e2e.project { url = false, config = ([[databases = { { name = "main", url = %q, models = "m1" },
      { name = "stats", url = %q, models = "m2" } },]]):format(one, two) }
    p:write("m1.lua", HEAD .. T .. "return M")
    p:write("m2.lua", HEAD .. 'M:table("events", { { "id", types.integer, primary_key = true } })\nreturn M')
    local r = p:run("check")
    assert.equal(6, r.code)
    has("create_table t", r.out)
    r = p:run("migrate", "-m", "x")
    assert.equal(2, r.code, r.out .. r.err)
    has("main", r.err)
    p:write("migrations/script.lua.tmpl", e2e.read("lua/curlew/template/multidb/script.lua.tmpl"))
    r = must(p, "migrate", "-m", "x", "-x", "db=all")
    local text = p:read(r.out:match("(%S+%.lua)"))
    has('["main"] = function(ctx)\n    op.create_table("t", {', text)
    has('["stats"] = function(ctx)\n    op.create_table("events", {', text)
    must(p, "upgrade", "-x", "db=all")
    must(p, "check", "-x", "db=all")
  end)
end)

if e2e.db == "postgresql" then
  describe("other schemas", function()
    after_each(e2e.cleanup)

    it("are made, compared where models name them, and whole where include_schemas does", function()
      local p = project()
      models(p, T .. [[
M:table("bills", { { "id", types.integer, primary_key = true }, { "t_id", types.integer, references = { "public", "t", "id" } },
  { "state", types.enum("state", { "open", "paid" }, { schema = "billing" }), server_default = "open" } }, { schema = "billing" })
M:view("open_bills", "SELECT id FROM billing.bills", { schema = "billing" })]])
      must(p, "migrate", "-m", "x")
      must(p, "upgrade")
      local r = p:run("check")
      assert.equal(0, r.code, r.out .. r.err)
      p:sql "CREATE TABLE billing.other (id integer PRIMARY KEY); CREATE SCHEMA third; CREATE TABLE third.x (id integer)"
      must(p, "check")
      local text = p:read("curlew.lua")
      p:write("curlew.lua", (text:gsub("models =", "include_schemas = true, models =")))
      r = p:run("check")
      assert.equal("drop_table x  (destructive)\ndrop_table other  (destructive)\n", r.out)
      p:sql "DROP TABLE billing.other"
      must(p, "downgrade", "base")
    end)
  end)
end

if e2e.dialect == "mysql" then
  describe("an account that may not create a database", function()
    local server = require "support.server"

    it("has its models compared by their texts, and is told so", function()
      local url = e2e.database()
      local parts = server.parts(url)
      local name = "cw_limited_" .. parts.database:match("%d+_%d+$")
      e2e.sql(url, ("CREATE USER '%s'@'%%' IDENTIFIED BY 'limited1'; GRANT ALL ON %s.* TO '%s'@'%%'"):format(name,
        parts.database, name))
      finally(function()
        e2e.sql(url, ("DROP USER '%s'@'%%'"):format(name))
        e2e.cleanup()
      end)
      local p = e2e.project { url = (url:gsub("//[^@]*@", "//" .. name .. ":limited1@")), config = 'models = "models",' }
      local text = [[
M:table("users", { { "id", types.bigint, primary_key = true }, { "a", types.integer },
  { "email", types.varchar(120), nullable = false, unique = true, comment = "mail" },
  { "at", types.timestamp, server_default = schema.sql "now()" }, { "n2", types.integer, computed = { "a + 2" } },
  { "price", types.numeric(10, 2), server_default = "1.50", check = "price > 0 or price < -10" },
  { "m", types.enum("mood", { "a", "b" }), server_default = "a" }, { "j", types.json }, { "f", types.float },
  { "b", types.boolean, server_default = true }, { "t", types.text, index = false }, { "u", types.uuid } })
M:table("articles", { { "id", types.bigint, primary_key = true }, { "title", types.varchar(50), index = true },
  { "author_id", types.bigint, references = "users.id", ondelete = "CASCADE" },
  schema.check("length(title) > 0 and title <> 'x'", { name = "sane" }) })
M:view("v", "SELECT id FROM users")]]
      models(p, text)
      must(p, "migrate", "-m", "x")
      must(p, "upgrade")
      local r = p:run("check")
      assert.equal(0, r.code, r.out .. r.err)
      has("compared by their texts", r.err)
      models(p, (text:gsub("length%(title%) > 0", "length(title) > 1"):gsub("varchar%(120%)", "varchar(121)")))
      r = p:run("check")
      assert.equal(6, r.code)
      assert.equal("drop_constraint sane on articles\ncreate_check_constraint sane on articles\n"
        .. "alter_column users.email (type)\n", r.out)
    end)
  end)
end
