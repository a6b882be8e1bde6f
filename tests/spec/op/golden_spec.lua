--- The SQL of every operation on every server, against tests/golden. With CURLEW_GOLDEN_UPDATE=1 the files
--- are written anew; read the diff before you commit it.

local host = require "support.lua_host"
local op_library = require "curlew.op"
local types = require "curlew.types"

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

local cases = {}
for _, topic in ipairs { "tables", "keys", "objects", "rows" } do
  for name, list in pairs(dofile(FOLDER .. "tests/spec/op/cases/" .. topic .. ".lua")) do cases[name] = list end
end

--- A connection that knows what SHOW CREATE TABLE and the like would say of the tables of the cases.
local function fake_conn(server)
  if server ~= "sqlite" then return nil end
  return {
    scalar = function(_, _sql, params)
      if params and params[1] == "ix_users_role" then return "CREATE INDEX ix_users_role ON users (role)" end
    end,
    all = function() return {} end,
    column = function() return {} end,
  }
end

local NEEDS_CATALOG = { rename_index = true, drop_column = true }

local function text_of(server, name)
  local parts = {}
  for _, case in ipairs(cases[name]) do
    local title, fn = table.unpack(case)
    local env = { offline = true, conn = NEEDS_CATALOG[name] and fake_conn(server) or nil }
    local ok, statements = pcall(host.sql, server, function(op) fn(op, types.api) end, env)
    if ok then
      parts[#parts + 1] = ("-- %s\n%s"):format(title, #statements == 0 and "-- (no statement)\n" or "")
      for _, sql in ipairs(statements) do parts[#parts + 1] = sql .. ";\n" end
    else
      local message = tostring(statements):gsub("^%S+:%d+: ", "")
      parts[#parts + 1] = ("-- %s\n-- refused: %s\n"):format(title, message)
    end
    parts[#parts + 1] = "\n"
  end
  return table.concat(parts):sub(1, -2)
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- Backfills have no statements of their own: batch_plan_spec.lua is about theirs.
local function is_statements(name) return not op_library.definition(name).run end

describe("golden SQL", function()
  it("has cases for every operation", function()
    for _, name in ipairs(op_library.NAMES) do
      assert(cases[name] or not is_statements(name), "no case for op." .. name .. " in tests/spec/op/cases")
    end
  end)

  for _, server in ipairs(host.NAMES) do
    for _, name in ipairs(op_library.NAMES) do
      if is_statements(name) then it(("of %s on %s is what is kept"):format(name, server), function()
        local path = ("%stests/golden/%s/%s.sql"):format(FOLDER, server, name)
        local text = text_of(server, name)
        if os.getenv "CURLEW_GOLDEN_UPDATE" == "1" then write(path, text) end
        assert.equal(read(path), text)
      end) end
    end
  end
end)
