--- The inspector as a program that uses curlew as a library asks it: from another Lua state, so that only data
--- crosses. What prints as text takes its text along as `$text`.

local inspect = require "curlew.inspect"
local null = require "curlew.null"

local M = {}

--- A copy that is data alone.
local function plain(value)
  if type(value) ~= "table" then return value end
  local copy, meta = {}, getmetatable(value)
  for key, item in pairs(value) do copy[key] = plain(item) end
  if meta and meta.__tostring then copy["$text"] = tostring(value) end
  return copy
end

--- The names of the inspector's methods.
---@return { names: string[] }
function M.methods(env)
  local list = {}
  for name, value in pairs(getmetatable(inspect.new(env.conn, env.dialect)).__index) do
    if type(value) == "function" and not name:find "^__" then list[#list + 1] = name end
  end
  table.sort(list)
  return { names = list }
end

--- Calls a method: { method =, args = list } -> { value = }.
function M.call(env, request)
  local args = {}
  for i, value in ipairs(request.args) do
    if value ~= null then args[i] = value end
  end
  local inspector = inspect.new(env.conn, env.dialect)
  return { value = plain(inspector[request.method](inspector, table.unpack(args, 1, #request.args))) }
end

--- A name as SQL has it.
function M.quote(env, name) return env.dialect:quote(name) end

return M
