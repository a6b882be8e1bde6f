--- Dialects: ways of writing SQL. get() gives the dialect of a server; a plugin's dialect inherits one.

local M = {}

--- The server's own dialect before the family's.
M.NAMES = { "postgresql", "mysql", "mariadb", "sqlite" }

local classes = {}

--- Adds a dialect: a class made with base.extend (plugins).
---@param name string
---@param class table
function M.define(name, class) classes[name] = class end

local function class_of(name)
  if classes[name] then return classes[name] end
  for _, known in ipairs(M.NAMES) do
    if known == name then return require("curlew.dialect." .. name) end
  end
end

--- The class of a dialect by its name, built-in or a plugin's; nil when there is none.
---@param name string
---@return table?
function M.class(name) return class_of(name) end

--- The dialect of a server.
---@param name string "sqlite", "postgresql" or "mysql"
---@param server string? "mariadb" where it differs from the dialect
---@param version string? "10.11.11"; offline it may be unknown, then the oldest tested one is assumed
---@return curlew.Dialect
function M.get(name, server, version)
  local class = server and class_of(server) or class_of(name)
    or error(("there is no dialect %s"):format(tostring(name)), 2)
  return class:new(version)
end

return M
