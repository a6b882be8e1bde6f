--- Templates: text with Lua in it, from which `init` and `revision` write files.
---
---     ${expression}      its value, as text
---     % statement        a line of Lua: for, if, end, local
---     %% text            a line that begins with one %
---     $${                ${ as it is
---
--- The variables are those that render() is given, and a few functions for writing Lua source; the
--- standard library is there. An unknown variable is an error that names the template's line.
local suggest = require "curlew.suggest"

local M = {}

-- What templates may call, besides the standard library.
local helpers = {}

--- A value as Lua source: nil (an empty list too), a string, a number, a boolean, or a list; a list
--- of one is written as its item.
---@param value any
---@return string
function helpers.lua(value)
  if type(value) == "table" then
    if #value == 0 then return "nil" end
    if #value == 1 then return helpers.lua(value[1]) end
    local items = {}
    for i, item in ipairs(value) do items[i] = helpers.lua(item) end
    return "{ " .. table.concat(items, ", ") .. " }"
  elseif type(value) == "string" then
    return (("%q"):format(value):gsub("\\\n", "\\n"):gsub("\r", "\\r"))
  end
  return tostring(value)
end

--- A list as `a, b`; "" for an empty one.
---@param list string[]?
---@return string
function helpers.comma(list)
  return table.concat(list or {}, ", ")
end

--- Text as Lua comment lines.
---@param text string
---@return string
function helpers.comment(text)
  local lines = {}
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line == "" and "--" or "-- " .. line
  end
  return table.concat(lines, "\n")
end

--- Lines moved to the right; "" for nil.
---@param text string?
---@param columns integer
---@return string
function helpers.indent(text, columns)
  return ((text or ""):gsub("[^\n]+", (" "):rep(columns) .. "%0"))
end

--- A string as JSON.
---@param text string
---@return string
function helpers.json(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    if c == '"' or c == "\\" then return "\\" .. c end
    return ("\\u%04x"):format(c:byte())
  end) .. '"'
end

M.helpers = helpers

-- A piece of literal text as one line of Lua source.
local function literal(text)
  return "_emit " .. ("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r") .. ";"
end

-- One line of text with ${...} in it, as one line of Lua.
local function compile_text(line, out, fail)
  local from, piece = 1, {}
  while true do
    local start = line:find("${", from, true)
    if not start then break end
    if line:sub(start - 1, start - 1) == "$" and start > from then
      piece[#piece + 1] = line:sub(from, start - 2) .. "${" -- $${
      from = start + 2
    else
      local body, stop = line:match("^%$(%b{})()", start)
      if not body then fail("`${` without its `}`") end
      piece[#piece + 1] = line:sub(from, start - 1)
      out[#out + 1] = literal(table.concat(piece))
      piece = {}
      local expression = body:sub(2, -2)
      if expression:find("^%s*$") then fail("`${}` has nothing in it") end
      out[#out + 1] = ("_value(%s);"):format(expression)
      from = stop
    end
  end
  piece[#piece + 1] = line:sub(from)
  out[#out + 1] = literal(table.concat(piece))
end

-- The whole template as Lua, line for line, so that Lua's messages have the template's line numbers.
local function compile(name, text)
  local source, number = {}, 0
  for line, newline in text:gmatch("([^\n]*)(\n?)") do
    if line == "" and newline == "" then break end
    number = number + 1
    local statement = line:match("^%s*%%(.*)$")
    if statement and statement:sub(1, 1) ~= "%" then
      source[number] = statement:gsub("\r$", "")
    else
      local out = {}
      local plain = statement and line:gsub("%%%%", "%%", 1) or line
      compile_text(plain .. newline, out, function(what)
        error(("%s:%d: %s"):format(name, number, what), 0)
      end)
      source[number] = table.concat(out, " ")
    end
  end
  return table.concat(source, "\n")
end

-- Variables, then helpers, then the standard library; anything else is a mistake.
local function environment(vars, out)
  local names = {}
  local env = {}
  for key, value in pairs(helpers) do env[key], names[#names + 1] = value, key end
  for key, value in pairs(vars) do env[key], names[#names + 1] = value, key end
  table.sort(names)
  env._emit = function(piece) out[#out + 1] = piece end
  env._value = function(value)
    if value == nil then error("a `${...}` gives nil", 2) end
    out[#out + 1] = tostring(value)
  end
  return setmetatable(env, {
    __index = function(_, key)
      local standard = rawget(_G, key)
      if standard ~= nil then return standard end
      local near = suggest.nearest(key, names)
      error(("there is no variable `%s`%s"):format(tostring(key), near and ("; did you mean `%s`?"):format(near)
        or ("; there are " .. table.concat(names, ", "))), 2)
    end,
  })
end

--- Fills a template. Errors are strings "NAME:LINE: what".
---@param name string  how messages call the template: its path
---@param text string
---@param vars table<string, any>
---@return string
function M.render(name, text, vars)
  local out = {}
  local source = compile(name, text)
  local chunk, problem = load(source, "@" .. name, "t", environment(vars, out))
  if not chunk then error(problem, 0) end
  chunk()
  return table.concat(out)
end

return M
