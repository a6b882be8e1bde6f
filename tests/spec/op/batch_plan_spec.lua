--- The statements of backfills, against the kept ones; CURLEW_GOLDEN_UPDATE=1 writes them.

local host = require "support.lua_host"
local library = require "curlew.op"
local types = require "curlew.types"

local FOLDER = (os.getenv("CURLEW_SOURCE_DIR") or ".") .. "/"

--- What the catalog would say of a table, by column: { name, type's text, nullable }.
local function look(walk, ident)
  local columns = {}
  for name, text in pairs {
    id = "bigint", email = "character varying(120)", region = "character varying(8)", number = "integer",
    slug = "text", price = "numeric(10,2)", photo = "blob", at = "timestamp with time zone",
  } do
    columns[name] = { name = name, type = types.make { name = "raw", sql = text, text = text }, nullable = false,
      full_collation = "utf8mb4_bin" }
  end
  return {
    walk = walk, ident = ident or walk, columns = columns,
    find = function(name, what) return columns[name] or error(("no column %s (%s)"):format(name, what)) end,
  }
end

local function noop() end

local CASES = {
  { "an update in SQL", { "id" }, function(op) op.batch_update("users", { set = { slug = op.sql "lower(email)" } }) end },
  { "with a condition, over two columns", { "region", "number" }, function(op)
    op.batch_update("orders", { schema = "shop", set = { slug = "x", price = op.sql "price * 2" }, where = "price > 1" })
  end },
  { "a delete", { "id" }, function(op) op.batch_delete("users", { where = op.sql "slug IS NULL" }) end },
  { "a delete of every row", { "region", "number" }, function(op) op.batch_delete("orders", { where = op.all }) end },
  { "a function of the row", { "id" }, function(op)
    op.batch_update("users", { columns = { "email" }, set = noop, where = "slug IS NULL" })
  end, { "slug" } },
  { "a function of the row, key of two columns", { "region", "number" }, function(op)
    op.batch_update("orders", { columns = { "price" }, set = noop })
  end, { "slug", "photo", "price", "at" } },
  { "a function of the row, walked by another key", { "email" }, function(op)
    op.batch_update("users", { set = noop, key = "email" })
  end, { "slug" }, { "id" } },
  { "each batch", { "id" }, function(op) op.batch_each("users", { columns = { "id", "slug" } }, noop) end },
}

local NAMES = { "last", "tail", "bound", "work" }

--- Marks of the engine as people read them.
local function shown(text)
  return (text:gsub("\1(%u)(%d*);", "<%1%2>"))
end

local function plan_text(server, case)
  local title, walk, fn, written, ident = table.unpack(case)
  local record
  local op = host.op(server)
  local made = require("curlew.op").build(setmetatable({ backfill = function(r) record = r end },
    { __index = select(2, host.op(server)) }))
  assert(op)
  fn(made)
  local plan = host.dialect(server):batch_plan(record, look(walk, ident))
  local lines = { "-- " .. title .. ": " .. plan.title }
  for _, name in ipairs(NAMES) do
    local texts = plan[name]
    if type(texts) == "string" then texts = { texts } end
    for _, text in ipairs(texts) do lines[#lines + 1] = shown(text) .. ";" end
  end
  if plan.user then lines[#lines + 1] = "-- <U> is " .. plan.user end
  if written then
    local writer = plan.writer(written)
    lines[#lines + 1] = ("-- written as %s, %s"):format(writer.kind, writer.encode)
    for _, text in ipairs(writer.sql) do lines[#lines + 1] = shown(text) .. ";" end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

describe("the statements of a backfill", function()
  for _, server in ipairs(host.NAMES) do
    it("on " .. server .. " are those that are kept", function()
      local path, parts = ("%stests/golden/%s/batch.sql"):format(FOLDER, server), {}
      for i, case in ipairs(CASES) do parts[i] = plan_text(server, case) end
      local text = table.concat(parts, "\n")
      if os.getenv "CURLEW_GOLDEN_UPDATE" == "1" then
        local file <close> = assert(io.open(path, "wb"))
        file:write(text)
      end
      assert.equal(read(path), text)
    end)
  end

  local function refuses(fn, ...)
    local op = host.op "postgresql"
    local ok, message = pcall(fn, op)
    assert.is_false(ok)
    for _, part in ipairs { ... } do assert.matches(part, tostring(message), 1, true) end
  end

  it("are refused where the call is wrong", function()
    refuses(function(op) op.batch_update("t", {}) end, "set is missing")
    refuses(function(op) op.batch_update("t", { set = { a = {} } }) end, "set.a")
    refuses(function(op) op.batch_update("t", { set = noop, batchsize = 1 }) end, "batchsize", "batch_size")
    refuses(function(op) op.batch_update("t", { set = noop, target = "fast" }) end, "target", "500ms")
    refuses(function(op) op.batch_update("t", { set = noop, on_error = "skp" }) end, "skip")
    refuses(function(op) op.batch_update("t", { set = noop, where = { a = 1 } }) end, "SQL text")
    refuses(function(op) op.batch_update("t", { set = noop, batch_size = 5, min_batch_size = 10 }) end, "min_batch_size")
    refuses(function(op) op.batch_delete("t") end, "where is missing")
    refuses(function(op) op.batch_each("t", { where = "x" }) end, "fn is missing")
  end)

  it("are told apart by what they do, not by their tuning", function()
    local function digest(options)
      local record
      local fake = setmetatable({ backfill = function(r) record = r end }, { __index = select(2, host.op "sqlite") })
      require("curlew.op").build(fake).batch_update("t", options)
      return library.describe(record, host.dialect "sqlite").digest
    end
    local one = digest { set = { a = 1 } }
    assert.equal(one, digest { set = { a = 1 }, batch_size = 5, pause = "1s", retries = 0, name = "x" })
    assert.equal(one, digest { set = { a = 2 } })
    assert.not_equal(one, digest { set = { b = 1 } })
    assert.not_equal(one, digest { set = { a = 1 }, where = "b" })
    assert.not_equal(one, digest { set = { a = 1 }, key = "b" })
    local function f(row) return { a = row.b } end
    local function g(row) return { a = row.c } end
    assert.equal(digest { set = f }, digest { set = f, batch_size = 3 })
    assert.not_equal(digest { set = f }, digest { set = g })
    assert.not_equal(digest { set = f }, digest { set = f, columns = { "b" } })
  end)
end)
