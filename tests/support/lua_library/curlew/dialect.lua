--- Stand-in for the dialects: see curlew/op/init.lua beside this file.

local null = require "curlew.null"

local Dialect = {}
Dialect.__index = Dialect

function Dialect:quote(name) return '"' .. name:gsub('"', '""') .. '"' end
function Dialect:literal(value)
  if value == nil or value == null then return "NULL" end
  if type(value) == "string" then return "'" .. value:gsub("'", "''") .. "'" end
  return tostring(value)
end
function Dialect:blob(bytes) return ("X'%s'"):format(bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
function Dialect:numeric(digits) return digits end

local M = {}
function M.get(name, server, version) return setmetatable({ name = name, server = server, version = version }, Dialect) end
return M
