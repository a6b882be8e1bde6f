--- `op.types`: the column types, bare (types.integer) or called (types.varchar(120)).
---
--- A type is plain data, { name = "varchar", length = 120 }; its dialect writes it (dialect/*/types.lua).

local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local suggest = require "curlew.suggest"

local M = {}

---@class curlew.Type
---@field name string
---@field length integer?
---@field precision integer?
---@field scale integer?
---@field timezone boolean?
---@field collation string?
---@field values string[]?
---@overload fun(...): curlew.Type
local Type = { __name = "curlew.Type" }

local TEXT = { collation = "string" }
local LENGTH = { { "length", "integer" } }

--- Each type: its positional arguments, then its options.
---@type table<string, { args: table?, options: table? }>
local DEFINITIONS = {
  smallint = {}, integer = {}, bigint = {},
  numeric = { args = { { "precision", "integer" }, { "scale", "integer" } } },
  real = {}, double = {},
  float = { args = { { "precision", "integer" } } },
  boolean = {},
  varchar = { args = LENGTH, options = TEXT },
  char = { args = LENGTH, options = TEXT },
  text = { args = LENGTH, options = TEXT },
  blob = { args = LENGTH },
  date = {},
  time = { options = { timezone = "boolean", precision = "integer" } },
  timestamp = { options = { timezone = "boolean", precision = "integer" } },
  datetime = { options = { timezone = "boolean", precision = "integer" } },
  interval = {}, json = {}, jsonb = {}, uuid = {},
  enum = {
    args = { { "enum", "string", required = true }, { "values", "strings" } },
    options = { native = "boolean", length = "integer", check = "boolean", schema = "string", collation = "string" },
  },
  array = { args = { { "of", "type", required = true } } },
  raw = { args = { { "sql", "string", required = true } } },
}

local ALIASES = { string = "varchar", binary = "blob", int = "integer", bool = "boolean", decimal = "numeric" }

--- What an argument of each kind must be, in words, and whether a value is it.
local KINDS = {
  integer = { "a whole number that is not negative", function(v) return math.type(v) == "integer" and v >= 0 end },
  boolean = { "true or false", function(v) return type(v) == "boolean" end },
  string = { "text", function(v) return type(v) == "string" and v ~= "" and not v:find("\0", 1, true) end },
  type = { "a type", function(v) return getmetatable(v) == Type end },
  strings = {
    "a list of different texts",
    function(v)
      if type(v) ~= "table" or #v == 0 then return false end
      local seen = {}
      for _, item in ipairs(v) do
        if type(item) ~= "string" or not utf8.len(item) or item:find("\0", 1, true) or seen[item] then return false end
        seen[item] = true
      end
      return true
    end,
  },
}

local function known_fields(definition)
  local fields = {}
  for _, arg in ipairs(definition.args or {}) do fields[#fields + 1] = arg[1] end
  for name in pairs(definition.options or {}) do fields[#fields + 1] = name end
  table.sort(fields)
  return fields
end

--- Keeps a checked value; one that differs by dialect is checked when the dialect is known.
local function set(result, field, kind, value)
  if marks.is_by_dialect(value) then
    result[field] = value
    return
  end
  local words, check = table.unpack(KINDS[kind])
  if not check(value) then
    errors.usage("types.%s: %s must be %s, got %s", result.name, field, words, errors.show(value))
  end
  if kind == "strings" then value = table.move(value, 1, #value, 1, {}) end
  result[field] = value
end

local function check_sense(t)
  for _, value in pairs(t) do
    if marks.is_by_dialect(value) then return end
  end
  if t.name == "numeric" then
    if t.precision == 0 then errors.usage("types.numeric: precision must be at least 1") end
    if t.scale and not t.precision then errors.usage("types.numeric: a scale needs a precision") end
    if t.scale and t.scale > t.precision then errors.usage("types.numeric: the scale is larger than the precision") end
  elseif t.name == "float" and t.precision and (t.precision < 1 or t.precision > 53) then
    errors.usage("types.float: precision must be between 1 and 53, got %d", t.precision)
  elseif (t.name == "varchar" or t.name == "char" or t.name == "text" or t.name == "blob") and t.length == 0 then
    errors.usage("types.%s: length must be at least 1", t.name)
  elseif t.name == "enum" and t.length and t.values then
    for _, value in ipairs(t.values) do
      if utf8.len(value) > t.length then
        errors.usage("types.enum: %s is longer than length = %d", errors.show(value), t.length)
      end
    end
  end
end

--- Reads the arguments of a call: positional ones, then a table of options; a table alone may give all
--- of them by name.
local function construct(name, definition, ...)
  local result = { name = name }
  local count, args = select("#", ...), { ... }
  local positional = definition.args or {}
  local last = args[count]
  local options
  if type(last) == "table" and getmetatable(last) == nil and not (positional[count] or {})[2] then
    options, count = last, count - 1
  elseif count == 1 and type(last) == "table" and getmetatable(last) == nil then
    options, count = last, 0
  end
  if count > #positional then
    errors.usage("types.%s: takes %d argument%s, got %d", name, #positional, #positional == 1 and "" or "s", count)
  end
  for i = 1, count do
    if args[i] ~= nil then set(result, positional[i][1], positional[i][2], args[i]) end
  end
  for key, value in pairs(options or {}) do
    local kind = (definition.options or {})[key]
    for i, arg in ipairs(positional) do
      if arg[1] == key or (key == i and count == 0) then key, kind = arg[1], arg[2] end
    end
    if not kind then
      errors.usage("types.%s: no option %s%s", name, tostring(key), suggest.hint(key, known_fields(definition)))
    end
    set(result, key, kind, value)
  end
  for _, arg in ipairs(positional) do
    if arg.required and result[arg[1]] == nil then
      errors.usage("types.%s: %s is missing", name, arg[1])
    end
  end
  check_sense(result)
  return setmetatable(result, Type)
end

function Type:__call(...) return errors.at_caller(construct, self.name, DEFINITIONS[self.name], ...) end

function Type:__tostring()
  if self.text then return self.text end
  if self.name == "raw" then return self.sql end
  if self.name == "array" then return tostring(self.of) .. "[]" end
  local numbers = { self.length or self.precision, self.scale }
  local text = self.name .. (#numbers > 0 and "(" .. table.concat(numbers, ", ") .. ")" or "")
  return text .. (self.timezone and " with time zone" or "")
end

--- Checks a type whose by_dialect values have been resolved.
---@param t curlew.Type
function M.check(t)
  local definition = DEFINITIONS[t.name]
  for _, arg in ipairs(definition.args or {}) do
    if t[arg[1]] ~= nil then set(t, arg[1], arg[2], t[arg[1]]) end
    if arg.required and t[arg[1]] == nil then errors.usage("types.%s: %s is missing", t.name, arg[1]) end
  end
  for field, kind in pairs(definition.options or {}) do
    if t[field] ~= nil then set(t, field, kind, t[field]) end
  end
  check_sense(t)
end

---@param value any
---@return boolean
function M.is(value) return getmetatable(value) == Type end

--- A type as an inspector or a comparison makes it, with the behaviour of one that a script made.
---@param fields table
---@return curlew.Type
function M.make(fields) return setmetatable(fields, Type) end

--- The names of all types, sorted.
---@return string[]
function M.names()
  local names = {}
  for name in pairs(DEFINITIONS) do names[#names + 1] = name end
  for name in pairs(ALIASES) do names[#names + 1] = name end
  table.sort(names)
  return names
end

---@param name string
---@return table? definition { args, options }
function M.definition(name) return DEFINITIONS[ALIASES[name] or name] end

--- Adds a type (plugins): its definition lists arguments and options as the built-in ones do.
---@param name string
---@param definition { args: table?, options: table? }
function M.define(name, definition) DEFINITIONS[name] = definition end

local bare = setmetatable({ by_dialect = marks.by_dialect }, {
  __index = function(known, name)
    local real = ALIASES[name] or name
    if not DEFINITIONS[real] then
      return errors.at_caller(errors.usage, "types.%s: no such type%s; types.raw \"...\" takes any",
        tostring(name), suggest.hint(name, M.names()))
    end
    local made = setmetatable({ name = real }, Type)
    rawset(known, name, made)
    return made
  end,
})

--- The table that scripts index: types.integer, types.by_dialect{...}. It can't be written to: what one
--- file put there would be missing where that file is not loaded.
M.api = setmetatable({}, {
  __index = bare,
  __newindex = function(_, name)
    errors.at_caller(errors.usage,
      "types.%s can't be set; write `local %s = ...`, or put it into a module of the project", tostring(name), tostring(name))
  end,
})

return M
