--- How operations say no: misuse and refusals are raised inside the library as tables and leave it as
--- one message that begins with the script's own file and line.

local getinfo = debug.getinfo

local M = {}

--- "@lua/curlew/" or "@curlew/": what every source of this library begins with.
local library = getinfo(1, "S").source:gsub("op[/.]errors.*$", "")

---@class curlew.OpError
---@field message string
---@field file string?
---@field line integer?
---@field code string "script" (it is wrong), "unsupported" (the database can't do it) or "offline"
local OpError = { __name = "curlew.OpError" }
OpError.__index = OpError
function OpError.__tostring(e)
  return (e.file and ("%s:%d: "):format(e.file, e.line) or "") .. e.message
end

local function raise(code, text, ...)
  local message = select("#", ...) > 0 and text:format(...) or text
  error(setmetatable({ code = code, message = message }, OpError), 0)
end

--- The script is wrong: a bad argument.
function M.usage(text, ...) raise("script", text, ...) end

--- The database can't do it. The text names the operation or option and the alternative.
function M.refuse(text, ...) raise("unsupported", text, ...) end

--- It needs to read the database, and there is none: --sql.
function M.offline(text, ...) raise("offline", text, ...) end

---@param e any
---@return boolean
function M.is(e) return getmetatable(e) == OpError end

--- The nearest caller outside of this library, as debug.getinfo tells it.
local function caller()
  for level = 2, 60 do
    local info = getinfo(level, "Sl")
    if not info then return nil end
    if info.currentline > 0 and info.source:sub(1, #library) ~= library then return info end
  end
end

--- Calls fn and gives what it returns. An OpError that it raises leaves with the line of the script: as a
--- plain message when the script is wrong, as the table that it is when the database is at fault.
--- Anything else passes unchanged.
---@param fn function
---@return any ...
function M.at_caller(fn, ...)
  local function finish(ok, ...)
    if ok then return ... end
    local e = ...
    local info = M.is(e) and not e.file and caller()
    if not info then error(e, 0) end
    if e.code == "script" then error(("%s:%d: %s"):format(info.short_src, info.currentline, e.message), 0) end
    e.file, e.line = info.source:match("^[@=]?(.*)$"), info.currentline
    error(e, 0)
  end
  return finish(pcall(fn, ...))
end

--- A value as it may stand in a message: short, on one line, printable.
---@param value any
---@return string
function M.show(value)
  local kind = type(value)
  if kind == "string" then
    local text = #value > 40 and value:sub(1, 37) .. "..." or value
    return ('"%s"'):format((text:gsub("[%c\128-\255]", function(c)
      return utf8.len(text) and c:byte() >= 128 and c or ("\\x%02X"):format(c:byte())
    end)))
  end
  if kind == "number" or kind == "boolean" then return ("%s %s"):format(kind, value) end
  if kind == "nil" then return "nothing" end
  return "a " .. kind
end

return M
