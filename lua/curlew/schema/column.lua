--- Columns: from what a script writes, { "email", types.varchar(120), nullable = false }, to one normal
--- form. What a column says about constraints and indexes (unique, references, ...) becomes entries of
--- its table, so that nothing else has to know the two ways of saying it.

local check = require "curlew.op.check"
local _ = require "curlew.schema.entries" -- its kinds are used below
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local types = require "curlew.types"

local M = {}

---@class curlew.Column
---@field name string
---@field type table { name =, length =, ... }
---@field nullable boolean
---@field default { value: any }|{ sql: string }|nil
---@field autoincrement boolean?
---@field comment string?
---@field collation string?
---@field computed { sql: string, persisted: boolean? }?
---@field identity { always: boolean?, start: integer?, increment: integer? }?

M.IDENTITY = {
  { "always", "boolean", doc = "Refuse explicit values" },
  { "start", "integer", doc = "First value" },
  { "increment", "integer", doc = "Step" },
  { "minvalue", "integer", doc = "Lowest value" },
  { "maxvalue", "integer", doc = "Highest value" },
  { "cache", "integer", doc = "Values a session takes at once" },
  { "cycle", "boolean", doc = "Begin again at the end" },
}

--- The fields of a column besides its name and type, in the order of the documentation.
M.FIELDS = {
  { "nullable", "boolean", doc = "May be NULL; true unless it is part of the primary key" },
  { "primary_key", "boolean", doc = "Part of the primary key" },
  { "unique", "boolean", doc = "Has a unique constraint of its own" },
  { "index", "boolean", doc = "Has an index of its own" },
  { "server_default", "default", doc = "A literal, or op.sql for an expression" },
  { "references", "reference", doc = "\"table.column\", { table, column } or { schema, table, column }" },
  { "references_name", "given_name", doc = "Name of the foreign key" },
  { "ondelete", "action", doc = "What happens here when the referenced row is deleted" },
  { "onupdate", "action", doc = "What happens here when the referenced key changes" },
  { "deferrable", "boolean", doc = "The foreign key may be checked at the end of the transaction" },
  { "initially", "initially", doc = "\"deferred\" or \"immediate\"" },
  { "match", "match", doc = "\"simple\" or \"full\"" },
  { "check", "column_check", doc = "An expression or op.check(...)" },
  { "comment", "text_or_null", doc = "Comment of the column" },
  { "autoincrement", "boolean", doc = "Whether the server numbers the rows" },
  { "collation", "name", doc = "Collation of a text column" },
  { "computed", "computed", doc = "{ expression, persisted = true }: a generated column" },
  { "identity", "identity", doc = "{ always =, start =, increment = }: an identity column" },
}

check.kind("type", "a type such as types.integer", function(value, context)
  if type(value) == "string" then
    return nil, errors.show(value) .. "; write types." .. (types.definition(value) and value or "raw \"" .. value .. "\"")
  end
  if not types.is(value) then return nil end
  types.check(value)
  local plain = {}
  for key, item in pairs(value) do plain[key] = item end
  if plain.of then plain.of = check.value("type", plain.of, context, "element type") end
  if plain.name == "enum" then
    if plain.values then
      context.enums[plain.enum] = plain.values
    elseif context.enums[plain.enum] then
      plain.values, plain.known = context.enums[plain.enum], true
    end
  end
  return plain
end)

check.kind("reference", "\"table.column\", { table, column } or { schema, table, column }", function(value, context)
  local parts = value
  if type(value) == "string" then
    parts = {}
    for part in (value .. "."):gmatch("([^.]*)%.") do parts[#parts + 1] = part end
  end
  if type(parts) ~= "table" or #parts < 2 or #parts > 3 then return nil end
  for _, part in ipairs(parts) do check.value("name", part, context, "references") end
  local n = #parts
  return { schema = parts[n - 2], table = parts[n - 1], column = parts[n] }
end)

check.kind("computed", "{ expression, persisted = true }", function(value, context)
  if marks.is_sql(value) or type(value) == "string" then value = { value } end
  if type(value) ~= "table" then return nil end
  local options = {}
  for key, item in pairs(value) do
    if key ~= 1 then options[key] = item end
  end
  local result = check.options({ { "persisted", "boolean" } }, options, context:at "computed", "field")
  result.sql = check.value("expression", value[1], context, "computed[1]")
  return result
end)

check.kind("identity", "{ always =, start =, increment = }", function(value, context)
  if value == true then value = {} end
  if type(value) ~= "table" or #value > 0 then return nil end
  return check.options(M.IDENTITY, value, context:at "identity", "field")
end)

--- A column's name and the rest of its fields, checked.
local function fields_of(value, context)
  local fields = {}
  for key, item in pairs(value) do
    if key ~= 1 and key ~= 2 then fields[key] = item end
  end
  local name, kind = value[1], value[2]
  if name == nil then name, fields.name = fields.name, nil end
  if kind == nil then kind, fields.type = fields.type, nil end
  name = check.value("name", name, context, "the column's name")
  local inner = context:at(("column %s"):format(errors.show(name)))
  if #value > 2 then inner:fail("has a third value without a name; options are written nullable = false") end
  local column_type = check.value("type", kind, inner, "type")
  return name, column_type, check.options(M.FIELDS, fields, inner, "field"), inner
end

local REFERENCE_OPTIONS = { "ondelete", "onupdate", "deferrable", "initially", "match" }

--- The foreign key that a column's `references` stands for.
local function reference_entry(name, fields, context)
  local target = fields.references
  if not target then
    for _, option in ipairs(REFERENCE_OPTIONS) do
      if fields[option] ~= nil then context:fail("%s needs references", option) end
    end
    if fields.references_name then context:fail("references_name needs references") end
    return nil
  end
  local entry = {
    kind = "foreign_key", given = fields.references_name, columns = { name },
    referent = target.table, referent_schema = target.schema, referent_columns = { target.column },
  }
  for _, option in ipairs(REFERENCE_OPTIONS) do entry[option] = fields[option] end
  return entry
end

local BOOLEAN_DEFAULTS = { [0] = false, [1] = true, ["0"] = false, ["1"] = true, ["false"] = false, ["true"] = true }

local function default_of(fields, column_type, context)
  local default = fields.server_default
  if default == nil or default == marks.null then return nil end
  if fields.computed then context:fail("a computed column has no default") end
  if column_type.name == "boolean" and BOOLEAN_DEFAULTS[default.value] ~= nil then
    return { value = BOOLEAN_DEFAULTS[default.value] }
  end
  local text = type(default.value) == "string" and column_type.name ~= "blob" and column_type.name ~= "raw"
  if text and default.value:find("\0", 1, true) then context:fail("server_default is text with a NUL byte") end
  if text and not utf8.len(default.value) then context:fail("server_default is text that is not UTF-8") end
  return default
end

--- Reads one column.
---@param value table as the script wrote it
---@param context curlew.CheckContext
---@return curlew.Column column
---@return table[] entries constraints and indexes that the column asks for, in normal form but unnamed
---@return boolean in_key whether it says primary_key
function M.read(value, context)
  local name, column_type, fields, inner = fields_of(value, context)
  local in_key = fields.primary_key == true
  if in_key and fields.nullable == true then inner:fail("a primary key can't be nullable") end
  if fields.computed and fields.identity then inner:fail("computed and identity exclude each other") end
  local nullable = fields.nullable
  if nullable == nil then nullable = not (in_key or fields.identity ~= nil) end
  local comment = fields.comment
  if comment == marks.null then comment = nil end
  local column = {
    name = name, type = column_type, nullable = nullable,
    default = default_of(fields, column_type, inner), autoincrement = fields.autoincrement,
    comment = comment, collation = fields.collation or column_type.collation,
    computed = fields.computed, identity = fields.identity,
  }
  local entries = { reference_entry(name, fields, inner) }
  if fields.unique and not fields.index then
    entries[#entries + 1] = { kind = "unique", columns = { name } }
  end
  if fields.index then
    entries[#entries + 1] = { kind = "index", columns = { name }, unique = fields.unique or nil }
  end
  if fields.check then
    local entry = {}
    for key, item in pairs(fields.check) do entry[key] = item end
    entry.columns = { name }
    entries[#entries + 1] = entry
  end
  return column, entries, in_key
end

--- A whole column as an argument: { column =, entries =, in_key = }.
check.kind("column", "a column such as { \"name\", types.text }", function(value, context)
  if type(value) ~= "table" or getmetatable(value) ~= nil then return nil end
  local column, entries, in_key = M.read(value, context)
  return { column = column, entries = entries, in_key = in_key }
end)

return M
