--- Checks the arguments of an operation against its definition.
---
--- A kind ("name", "boolean", "columns?") is a function from a value to its normal form; it says no by
--- context:fail. Kinds of whole structures (columns, table entries, rows) are added by curlew.schema and
--- by the operations that need them, with M.kind.

local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local suggest = require "curlew.suggest"

local M = {}

---@class curlew.CheckContext
---@field op string the operation's name, for messages
---@field dialect table
---@field naming table<string, string>? the project's naming convention
---@field enums table<string, string[]> enum types seen in this run
---@field what string? "models" when a declaration is checked
---@field path string where in the arguments we are: "column \"email\""
local Context = {}
Context.__index = Context

---@param fields table
---@return curlew.CheckContext
function M.context(fields)
  fields.path = fields.path or ""
  return setmetatable(fields, Context)
end

--- The same context one level further in.
---@param label string
---@return curlew.CheckContext
function Context:at(label)
  return setmetatable({
    op = self.op, dialect = self.dialect, naming = self.naming, enums = self.enums, what = self.what,
    path = self.path .. label .. ": ",
  }, Context)
end

function Context:fail(text, ...)
  local lead = self.what and "" or ("op.%s: "):format(self.op) -- a models file calls no operation
  errors.usage("%s", lead .. self.path .. (select("#", ...) > 0 and text:format(...) or text))
end

local kinds = {}

--- Adds a kind. `words` says what it must be ("a table name").
---@param name string
---@param words string
---@param check fun(value: any, context: curlew.CheckContext, words: string): any
function M.kind(name, words, check) kinds[name] = { words = words, check = check } end

---@param name string
---@return boolean
function M.has_kind(name) return kinds[name] ~= nil end

--- The normal form of a value of a kind; "kind?" lets nil pass.
---@param kind string
---@param value any
---@param context curlew.CheckContext
---@param label string what to call it in messages
---@return any
function M.value(kind, value, context, label)
  local base = kind:match("^(.-)%??$")
  if value == nil then
    if base ~= kind then return nil end
    context:fail("%s is missing: it must be %s", label, kinds[base].words)
  end
  local definition = kinds[base] or error("no such kind: " .. kind)
  local inner = setmetatable({ label = label }, { __index = context })
  local result, problem = definition.check(value, inner, definition.words)
  if result == nil then
    context:fail("%s must be %s, got %s", label, definition.words, problem or errors.show(value))
  end
  return result
end

local function of_type(wanted)
  return function(value) if type(value) == wanted then return value end end
end

M.kind("any", "a value", function(value) return value end)
M.kind("boolean", "true or false", of_type "boolean")
M.kind("function", "a function", of_type "function")
M.kind("table", "a table", of_type "table")
M.kind("integer", "a whole number", function(value) return math.tointeger(value) end)
M.kind("text", "text", function(value)
  if type(value) ~= "string" then return nil end
  if not utf8.len(value) then return nil, "text that is not UTF-8" end
  if value:find("\0", 1, true) then return nil, "text with a NUL byte" end
  return value
end)
M.kind("text_or_null", "text, or op.null to drop it", function(value, context)
  if value == marks.null then return value end
  return kinds.text.check(value, context)
end)

M.kind("name", "a name", function(value, context)
  if type(value) ~= "string" then return nil end
  if value == "" then return nil, "an empty one" end
  if value:find("\0", 1, true) then return nil, "one with a NUL byte" end
  if not utf8.len(value) then return nil, "one that is not UTF-8" end
  local problem = context.dialect and context.dialect.name_problem
  problem = problem and problem(value)
  if problem then context:fail("%s %s", context.label, problem) end
  return value
end)

--- A constraint's or index's own name: may be marked by op.f.
M.kind("given_name", "a name", function(value, context)
  if marks.is_final_name(value) then
    kinds.name.check(value.name, context)
    return value
  end
  return kinds.name.check(value, context)
end)

--- SQL text as a plain string or op.sql; the record holds the text.
M.kind("expression", "SQL text", function(value)
  if marks.is_sql(value) then value = value.sql end
  if type(value) ~= "string" or not value:find("%S") then return nil end
  if value:find("\0", 1, true) then return nil, "text with a NUL byte" end
  return value
end)

--- A literal: string, number or boolean becomes { value = }, op.sql becomes { sql = }.
M.kind("default", "a string, number, boolean or op.sql", function(value)
  if value == marks.null then return marks.null end
  if marks.is_sql(value) then return { sql = value.sql } end
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then
    return { value = value }
  end
end)

--- One column or several; the record holds a list of different names.
M.kind("names", "a list of column names", function(value, context)
  if type(value) == "string" then value = { value } end
  if type(value) ~= "table" or getmetatable(value) ~= nil then return nil end
  if #value == 0 then return nil, "an empty list" end
  local result, seen = {}, {}
  for i, item in ipairs(value) do
    result[i] = M.value("name", item, context, ("%s[%d]"):format(context.label, i))
    if seen[item] then return nil, ("%s twice"):format(errors.show(item)) end
    seen[item] = true
  end
  return result
end)

local function one_of(choices)
  return function(value)
    if type(value) ~= "string" then return nil end
    local wanted = value:lower():gsub("[_%s]+", " ")
    for _, choice in ipairs(choices) do
      if choice == wanted then return choice end
    end
    return nil, errors.show(value) .. suggest.hint(wanted, choices)
  end
end

local function choice(name, choices)
  local words = table.concat(choices, ", ", 1, #choices - 1) .. " or " .. choices[#choices]
  M.kind(name, words, one_of(choices))
end

choice("action", { "cascade", "restrict", "set null", "set default", "no action" })
choice("initially", { "deferred", "immediate" })
choice("match", { "full", "partial", "simple" })
choice("constraint_type", { "foreignkey", "unique", "primary", "check", "exclude" })

--- Options that every operation takes: where the object lives, and Alembic's existing_*, which only
--- some operations need.
M.COMMON = {
  { "schema", "name", doc = "Schema of the object" },
  { "existing_type", "type", doc = "The column's present type" },
  { "existing_nullable", "boolean", doc = "Whether the column may be NULL now" },
  { "existing_server_default", "default", doc = "The column's present default" },
  { "existing_comment", "text_or_null", doc = "The present comment" },
  { "existing_autoincrement", "boolean", doc = "Whether the column is auto-incrementing now" },
  { "existing_collation", "name", doc = "The column's present collation" },
}

local function option_names(specs)
  local names = {}
  for _, spec in ipairs(specs) do names[#names + 1] = spec[1] end
  for _, spec in ipairs(M.COMMON) do names[#names + 1] = spec[1] end
  return names
end

--- Checks a table of options; what is not given is absent from the result.
---@param specs table list of { name, kind, doc =, default = }
---@param given table?
---@param context curlew.CheckContext
---@param what string? "option"
---@return table
function M.options(specs, given, context, what)
  local by_name = {}
  for _, spec in ipairs(M.COMMON) do by_name[spec[1]] = spec end
  for _, spec in ipairs(specs) do by_name[spec[1]] = spec end
  local result, keys = {}, {}
  for key in pairs(given or {}) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local spec = by_name[key]
    if not spec then
      local names = option_names(specs)
      local plain = type(key) == "string" and key:gsub("^%l+_", "")
      local hint = suggest.hint(key, names)
      if hint == "" and plain then hint = suggest.hint(plain, names) end
      context:fail("unknown %s %s%s", what or "option",
        type(key) == "string" and key or ("at position %s"):format(tostring(key)), hint)
    end
    result[key] = M.value(spec[2], given[key], context, key)
  end
  return result
end

--- Checks the arguments of a call: positional ones first, one table of options last.
---@param definition table { name, args, options }
---@param context curlew.CheckContext
---@param count integer
---@param args table
---@return table values by name
---@return table options
function M.arguments(definition, context, count, args)
  local positional = definition.args or {}
  if count > #positional + 1 then
    context:fail("takes %d argument%s and a table of options, got %d arguments", #positional,
      #positional == 1 and "" or "s", count)
  end
  local values = {}
  for i, spec in ipairs(positional) do
    local given = args[i]
    if not spec.lazy then given = marks.resolve(given, context.dialect) end
    values[spec[1]] = M.value(spec[2], given, context, spec[1])
  end
  local options = marks.resolve(args[#positional + 1], context.dialect)
  if options ~= nil and (type(options) ~= "table" or getmetatable(options) ~= nil) then
    context:fail("the last argument must be a table of options, got %s", errors.show(options))
  end
  return values, M.options(definition.options or {}, options, context)
end

return M
