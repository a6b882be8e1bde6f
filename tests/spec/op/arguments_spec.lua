--- What wrong arguments get: an error at the script's own line that names operation, field and nearest name.

local host = require "support.lua_host"

local function message(fn, server)
  local op = host.op(server or "postgresql")
  local ok, err = pcall(fn, op, op.types)
  assert.is_false(ok)
  return tostring(err)
end

--- The error stands at the line of the function's only call and contains all texts.
local function refuses(fn, ...)
  local text = message(fn)
  local line = debug.getinfo(fn, "S").linedefined
  assert(text:find(("arguments_spec.lua:%d: "):format(line), 1, true), text)
  for _, wanted in ipairs { ... } do assert(text:find(wanted, 1, true), text .. "\n  lacks: " .. wanted) end
end

describe("wrong arguments", function()
  it("of an operation are reported at the caller's line with the nearest name", function()
    refuses(function(op, t) op.create_table("t", { { "a", t.integer, nulable = false } }) end, "create_table",
      'column "a"', "unknown field nulable", "nullable")
    refuses(function(op) op.drop_table("t", { if_exist = true }) end, "op.drop_table", "if_exists")
    refuses(function(op) op.create_index("i", "t", { "a" }, { postgresql_where = "x" }) end, "mean where?")
    refuses(function(op) op.creat_table("t") end, "op.creat_table", "create_table")
    refuses(function(op, t) op.create_table("t", { { "a", t.intger } }) end, "types.intger", "integer")
  end)

  it("of the wrong type say what was expected", function()
    refuses(function(op) op.drop_table(3) end, "table must be a name, got number 3")
    refuses(function(op) op.drop_table() end, "table is missing")
    refuses(function(op) op.drop_table("t", "x") end, "table of options")
    refuses(function(op) op.drop_table("t", {}, 4) end, "got 3 arguments")
    refuses(function(op, t) op.create_table("t", { { "a", t.integer, nullable = 1 } }) end, "true or false")
    refuses(function(op) op.create_table("t", { { "a", "integer" } }) end, "write types.integer")
    refuses(function(op) op.create_table("t", { { "a", "citext" } }) end, 'types.raw "citext"')
    refuses(function(op) op.add_column("t", "a") end, "column must be a column")
    refuses(function(op, t) op.add_column("t", { "a", t.integer, "x" }) end, "third value")
    refuses(function(op) op.execute "  " end, "white space")
    refuses(function(op) op.create_foreign_key("f", "a", "b", { "x" }, { "y" }, { ondelete = "cascad" }) end, "cascade")
  end)

  it("in names are NUL bytes, invalid UTF-8, nothing at all, or more than the server keeps", function()
    refuses(function(op) op.drop_table "a\0b" end, "NUL")
    refuses(function(op) op.drop_table "a\xff" end, "UTF-8")
    refuses(function(op) op.drop_table "" end, "empty")
    refuses(function(op) op.drop_table(("x"):rep(64)) end, "64 bytes", "63")
    assert.has_no.errors(function() host.op("postgresql").drop_table(("x"):rep(63)) end)
    assert.has_no.errors(function() host.op("sqlite").drop_table(("x"):rep(200)) end)
    assert(message(function(op) op.drop_table(("x"):rep(65)) end, "mysql"):find("64 characters", 1, true))
    assert(message(function(op) op.drop_table "🎈" end, "mysql"):find("beyond U+FFFF", 1, true))
    assert(message(function(op) op.drop_table "x " end, "mariadb"):find("ends in a space", 1, true))
  end)

  it("in tables are no columns, the same one twice, unknown ones and two keys", function()
    refuses(function(op) op.create_table("t", {}) end, "no columns")
    refuses(function(op, t) op.create_table("t", { { "a", t.integer }, { "a", t.integer } }) end, '"a" stands twice')
    refuses(function(op, t) op.create_table("t", { { "name", t.text }, op.unique { "nmae" } }) end, "mean name?")
    refuses(function(op, t) op.create_table("t", { { "a", t.text }, op.unique {} }) end, "empty list")
    refuses(function(op, t) op.create_table("t", { { "a", t.text }, op.unique { "a", "a" } }) end, "twice")
    refuses(function(op, t) op.create_table("t", { { "a", t.text, primary_key = true }, op.primary_key { "b" } }) end,
      "op.primary_key")
    refuses(function(op, t) op.create_table("t", { { "a", t.integer, ondelete = "cascade" } }) end, "needs references")
    refuses(function(op, t) op.create_table("t", { { "a", t.text, autoincrement = true } }) end, "integer type")
  end)

  it("of rows and conditions never mean every row by accident", function()
    refuses(function(op) op.delete("t", {}) end, "op.all")
    refuses(function(op) op.delete "t" end, "where is missing", "op.all")
    refuses(function(op) op.delete("t", "a = 1") end, "op.sql")
    refuses(function(op) op.update("t", {}, op.all) end, "empty table")
    refuses(function(op) op.insert("t", { a = {} }) end, 'column "a"', "op.json.encode")
    refuses(function(op) op.insert("t", { { a = 1 }, 3 }) end, "row 2")
    refuses(function(op) op.insert("t", { a = 1 }, { on_conflict = "ignor" }) end, "ignore")
  end)

  it("inside a batch name the operation of the batch", function()
    refuses(function(op) op.batch_alter_table("t", function(t) t.add_colum() end) end, "t.add_colum", "add_column")
    refuses(function(op) op.batch_alter_table("t", function(t) t.add_column { "a" } end) end, "t.add_column",
      "type is missing")
    refuses(function(op) op.batch_alter_table("t", { recreat = 1 }, function() end) end, "recreat")
  end)

  it("of types are reported at the line of the type", function()
    refuses(function(_, t) t.varchar "x" end, "types.varchar", "length", 'got "x"')
    refuses(function(_, t) t.varchar(1, 2) end, "takes 1 argument")
    refuses(function(_, t) t.numeric(3, 5) end, "scale")
    refuses(function(_, t) t.enum("e", { "a", "a" }) end, "different")
    refuses(function(_, t) t.timestamp { timezon = true } end, "timezone")
    refuses(function(op, t) op.add_column("t", { "a", t.array }) end, "types.array", "missing")
  end)

  it("that a database can't honour are refused when the operation is called, naming the alternative", function()
    local d, lib = host.dialect "mysql", require "curlew.op"
    local op, h = host.op "mysql"
    op.create_table("t", { { "a", op.types.integer }, op.unique({ "a" }, { deferrable = true }) })
    local ok, err = pcall(lib.compile, h.steps, { dialect = d })
    assert.is_false(ok)
    assert.equal("unsupported", err.code)
    assert(err.message:find("MySQL can't do this: deferrable", 1, true), err.message)
  end)
end)

describe("the op module", function()
  it("refuses to be changed", function()
    refuses(function(op) op.drop_table = nil end, "can't be changed")
  end)

  it("tells the dialect's name", function()
    assert.equal("mysql", (host.op "mariadb").dialect)
  end)

  it("makes random version 4 UUIDs", function()
    local op, seen = host.op "sqlite", {}
    math.randomseed(1)
    for _ = 1, 100 do
      local id = op.uuid()
      assert(id:match "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$", id)
      assert.is_nil(seen[id])
      seen[id] = true
    end
  end)

  it("writes the time as every server takes it", function()
    local op = host.op "sqlite"
    assert(op.now():match "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$")
    assert.equal(os.date("!%Y-%m-%d", os.time() - 864000), op.now(-864000):sub(1, 10))
  end)
end)
