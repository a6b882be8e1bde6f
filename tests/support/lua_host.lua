--- Stands in for the C side when the Lua library is tested by itself: the modules that C gives, and a host
--- that keeps the steps instead of running them.

local M = {}

--- NULL is a table with a metatable here; in the program it is a light userdata. The library may rely on
--- its identity only.
local null = setmetatable({}, { __name = "curlew.null", __tostring = function() return "null" end })

package.preload["curlew.null"] = package.preload["curlew.null"] or function() return null end
M.null = require "curlew.null"
package.preload["curlew.json"] = package.preload["curlew.json"] or function()
  return { null = M.null, encode = function() return "{}" end, decode = function() return {} end }
end

local dialect = require "curlew.dialect"

--- Server versions that the specs speak of, newest tested ones.
M.SERVERS = {
  postgresql = { "postgresql", "postgresql", "15.15" },
  mysql = { "mysql", "mysql", "9.7.0" },
  mariadb = { "mysql", "mariadb", "10.11.14" },
  sqlite = { "sqlite", "sqlite", "3.40.1" },
}
M.NAMES = { "postgresql", "mysql", "mariadb", "sqlite" }

---@param server string
---@return curlew.Dialect
function M.dialect(server) return dialect.get(table.unpack(M.SERVERS[server])) end

--- A host that records. `fields` overrides: conn, config, on_step (gives what step returns).
---@param server string
---@param fields table?
---@return table host with the list `steps`
function M.host(server, fields)
  fields = fields or {}
  local host = { steps = {}, logged = {} }
  local d = M.dialect(server)
  local context = { dialect = d.name, server = d.server, config = fields.config or {}, offline = fields.offline }
  function host.step(record)
    host.steps[#host.steps + 1] = record
    if fields.on_step then return fields.on_step(record) end
    return 0
  end
  function host.conn() return fields.conn end
  function host.context() return context end
  function host.dialect() return d end
  function host.running() if fields.idle then error("no migration runs", 2) end end
  function host.log(text) host.logged[#host.logged + 1] = text end
  function host.autocommit(fn) return fn() end
  function host.commit() end
  function host.savepoint(fn) return pcall(fn) end
  return host
end

--- An `op` of a server, and its host.
function M.op(server, fields)
  local host = M.host(server, fields)
  return require("curlew.op").build(host), host
end

--- The statements of what a function does with `op`.
---@param server string
---@param fn fun(op: table)
---@param env table? conn, offline; without a conn everything is compiled as if offline
---@return table[] statements
function M.compile(server, fn, env)
  local lib = require "curlew.op"
  local op, host = M.op(server, env)
  fn(op)
  local result = {}
  env = env or {}
  env.dialect = host.dialect()
  for _, record in ipairs(host.steps) do
    table.move(lib.compile(record, env), 1, 1000, #result + 1, result)
  end
  return result
end

--- The same as text, one statement a string; parameters as literals.
function M.sql(server, fn, env)
  local d, texts = M.dialect(server), {}
  for _, statement in ipairs(M.compile(server, fn, env)) do
    for _, params in ipairs(statement.batch or { statement.raw and {} or statement.params or {} }) do
      texts[#texts + 1] = M.inline(d, statement.sql, params)
    end
  end
  return texts
end

--- Puts literals in place of the dialect's placeholders.
function M.inline(d, sql, params)
  if d.name == "postgresql" then
    return (sql:gsub("%$(%d+)", function(i) return d:literal(params[tonumber(i)]) end))
  end
  local i = 0
  return (sql:gsub("%?", function()
    i = i + 1
    return d:literal(params[i])
  end))
end

return M
