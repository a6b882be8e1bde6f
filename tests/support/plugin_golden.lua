--- The SQL of the plugins that come along, and of what undoes each operation, against tests/golden/plugins. With
--- CURLEW_GOLDEN_UPDATE=1 the files are written anew; read the diff before you commit it.
---
---     require("support.plugin_golden").check("pg_policies", { "postgresql" }, {
---       { "title", function(op, types) op.grant(...) end }, ...
---     })

local assert = require "luassert"
local host = require "support.lua_host"
local op_library = require "curlew.op"
local types = require "curlew.types"

local M = {}

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

--- Loads a plugin from its folder.
---@param name string
function M.load(name)
  package.path = FOLDER .. "plugins/?.lua;" .. package.path
  local path = FOLDER .. "plugins/" .. name .. "/plugin.lua"
  return require("curlew.plugin").load({
    version = "0.1.0", config = {}, commands = {},
    find = function() return path, "lua" end,
    run = function(file) return dofile(file) end,
  }, { name })
end

local function indented(text) return (text:gsub("\n", "\n--     ")) end

local function statements_of(records, env)
  local list = {}
  for _, record in ipairs(records) do
    for _, statement in ipairs(op_library.compile(record, env)) do list[#list + 1] = statement.sql end
  end
  return list
end

--- The record's Lua source makes the same record again.
local function check_source(server, record)
  local source = op_library.render(record)
  local op, recorder = host.op(server, { offline = true })
  local chunk = assert(load("local op, types = ...\n" .. source, "=" .. source, "t", {}))
  chunk(op, types.api)
  assert.same(record, recorder.steps[1], source)
end

--- One case: its statements, and those of the reversal.
local function text_of(server, case)
  local title, fn = table.unpack(case)
  local d = host.dialect(server)
  local parts = { ("-- %s\n"):format(title) }
  local function env() return { dialect = d, offline = true, server_version = table.concat(d.version, ".") } end
  local ok, problem = pcall(function()
    local op, recorder = host.op(server, { offline = true })
    fn(op, types.api)
    local back = {}
    for _, record in ipairs(recorder.steps) do
      check_source(server, record)
      for _, sql in ipairs(statements_of({ record }, env())) do parts[#parts + 1] = sql .. ";\n" end
      local reversal = op_library.reverse(record)
      table.insert(back, 1, reversal or false)
    end
    for _, reversal in ipairs(back) do
      local list = reversal and statements_of(reversal, env()) or { "(can't be reversed)" }
      for _, sql in ipairs(list) do parts[#parts + 1] = ("-- back: %s\n"):format(indented(sql)) end
    end
  end)
  if not ok then
    parts[#parts + 1] = ("-- refused: %s\n"):format((tostring(problem):gsub("^%S+:%d+: ", "")))
  end
  return table.concat(parts)
end

--- Compares, or writes, tests/golden/plugins/<name>.<server>.sql.
---@param name string
---@param servers string[]
---@param cases table[]
function M.check(name, servers, cases)
  for _, server in ipairs(servers) do
    local parts = {}
    for i, case in ipairs(cases) do parts[i] = text_of(server, case) end
    local text = table.concat(parts, "\n")
    local path = ("%stests/golden/plugins/%s.%s.sql"):format(FOLDER, name, server)
    if os.getenv "CURLEW_GOLDEN_UPDATE" then
      local file <close> = assert(io.open(path, "w"))
      file:write(text)
    else
      local file <close> = assert(io.open(path), path .. " is missing: run with CURLEW_GOLDEN_UPDATE=1")
      assert.equal(file:read "a", text)
    end
  end
end

return M
