--- Records as Lua source: the call that makes the same record again. Autogenerate writes revisions with it.

local check = require "curlew.op.check"
local column_form = require "curlew.schema.column"
local entries = require "curlew.schema.entries"
local fold = require "curlew.op.fold"
local null = require "curlew.null"
local table_form = require "curlew.schema.table"
local types = require "curlew.types"

local M = {}

local KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true "
  .. "until while"):gmatch("%a+") do
  KEYWORDS[word] = true
end

--- A text in quotes, or as it stands if it has several lines and nothing that would get lost there.
local function quoted(text)
  if text:find("\n.") and not text:gsub("[\n\t]", ""):find("%c") and not text:find("]]", 1, true) and not text:find("]$") then
    return "[[" .. (text:find("^\n") and "\n" or "") .. text .. "]]"
  end
  return (("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r"))
end

local function key(name)
  if name:match("^[%a_][%w_]*$") and not KEYWORDS[name] then return name end
  return "[" .. quoted(name) .. "]"
end

--- The shortest text that reads as the same number.
local function number(value)
  if value ~= value then return "(0/0)" end
  if value == math.huge or value == -math.huge then return value > 0 and "math.huge" or "-math.huge" end
  if math.type(value) == "integer" then return value == math.mininteger and "math.mininteger" or tostring(value) end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then return text:find("[.e]") and text or text .. ".0" end
  end
end

local write

--- The items of a list, then named fields in order of their names.
local function braces(value)
  local parts, names = {}, {}
  for i, item in ipairs(value) do parts[i] = write(item) end
  for name in pairs(value) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = key(name) .. " = " .. write(value[name]) end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or "{}"
end

--- Source that stands for itself among values.
local function raw(text) return setmetatable({}, { __source = text }) end

function write(value)
  if value == null then return "op.null" end
  local kind = type(value)
  if kind == "table" then
    local meta = getmetatable(value)
    if meta and meta.__source then return meta.__source end
    if type(value.sql) == "string" then return "op.sql " .. quoted(value.sql) end
    return braces(value)
  end
  if kind == "string" then return quoted(value) end
  return kind == "number" and number(value) or tostring(value)
end

-- Pieces ------------------------------------------------------------------------------------------

--- types.varchar(120), types.timestamp { timezone = true }
---@param t table
---@return table raw
local function type_source(t)
  local definition, positional, options = types.definition(t.name), {}, {}
  for i, arg in ipairs(definition.args or {}) do
    local value = t[arg[1]]
    if arg[1] == "values" and t.known then value = nil end
    if arg[1] == "of" then value = raw(type_source(value)) end
    if value == nil then break end
    positional[i] = write(value)
  end
  for option in pairs(definition.options or {}) do options[option] = t[option] end
  if next(options) ~= nil then positional[#positional + 1] = braces(options) end
  local name = "types." .. t.name
  if #positional == 0 then return name end
  return ("%s(%s)"):format(name, table.concat(positional, ", "))
end

--- A value as the kind of its argument wants it.
local function of_kind(kind, value)
  kind = kind:gsub("%?$", "")
  if value == nil or value == null then return value end
  if kind == "type" then return raw(type_source(value)) end
  if kind == "action" then return value:upper() end
  if kind == "default" then return value.sql and { sql = value.sql } or value.value end
  if kind == "computed" or kind == "computed_or_null" then return { value.sql, persisted = value.persisted } end
  if kind == "trigger_when" then
    local events = {}
    for i, event in ipairs(value.events) do events[i] = event[1]:lower() .. (event[2] and " of " .. event[2] or "") end
    return value.time:lower() .. " " .. table.concat(events, " or ")
  end
  if kind == "conflict" then
    if value.ignore then return "ignore" end
    local update = value.update
    if value.values then
      update = {}
      for i, name in ipairs(value.update) do update[name] = value.values[i] end
    end
    return { columns = value.columns, update = update }
  end
  return value
end

local function options_of(specs, source)
  local options = {}
  for _, spec in ipairs(specs) do options[spec[1]] = of_kind(spec[2], source[spec[1]]) end
  return options
end

--- { "name", types.text, nullable = false, ... }
local function column_source(c, more)
  local fields = options_of(column_form.FIELDS, { comment = c.comment, computed = c.computed, identity = c.identity,
    collation = c.collation ~= c.type.collation and c.collation or nil })
  fields.server_default = of_kind("default", c.default)
  if not c.nullable then fields.nullable = false end
  if c.autoincrement == false then fields.autoincrement = false end
  for name, value in pairs(more or {}) do fields[name] = value end
  fields[1], fields[2] = c.name, raw(type_source(c.type))
  return fields
end

local ENTRY_ARGUMENTS = {
  primary_key = { "columns" }, unique = { "columns" }, index = { "columns" }, check = { "expression" },
  foreign_key = { "columns", "referent", "referent_columns" }, exclude = { "exclusions" },
}

--- op.unique({ "a" }, { name = "uq" })
local function entry_source(entry)
  local parts = {}
  for i, field in ipairs(ENTRY_ARGUMENTS[entry.kind]) do parts[i] = write(entry[field]) end
  local options = options_of(entries.OPTIONS[entry.kind], entry)
  if entry.name then options.name = raw("op.f " .. quoted(entry.name)) end
  if next(options) ~= nil then parts[#parts + 1] = braces(options) end
  return ("op.%s(%s)"):format(entry.kind, table.concat(parts, ", "))
end

-- Operations whose record is not what their call looks like ---------------------------------------

local SHAPES = {}

local INTEGERS = { smallint = true, integer = true, bigint = true }

--- Whether the server numbers the rows by itself because the column is the key.
local function numbers_itself(c, keys, o)
  if #keys ~= 1 or keys[1] ~= c.name or not INTEGERS[c.type.name] or c.default or c.computed or c.identity then return false end
  for _, entry in ipairs(o.constraints) do
    for _, name in ipairs(entry.kind == "foreign_key" and entry.columns or {}) do
      if name == c.name then return false end
    end
  end
  return true
end

function SHAPES.create_table(o, as)
  local lines, checks, only_key, keys = {}, {}, nil, {}
  for _, c in ipairs(o.constraints) do
    if c.kind == "primary_key" then keys = c.columns end
    if c.kind == "primary_key" and not c.name and #c.columns == 1 then only_key = c end
    if c.kind == "check" and c.columns and not c.enum then checks[c.columns[1]] = c end
  end
  local own, folded = fold.fold(o, as.naming)
  for _, c in ipairs(o.columns) do
    local more = own[c.name]
    if only_key and only_key.columns[1] == c.name then more.primary_key = true end
    for _, option in ipairs { "ondelete", "onupdate" } do more[option] = of_kind("action", more[option]) end
    local fields = column_source(c, more)
    for _, name in ipairs(keys) do
      if name == c.name then fields.nullable = nil end -- a key says so itself
    end
    if c.autoincrement ~= nil then fields.autoincrement = c.autoincrement end
    if c.autoincrement == numbers_itself(c, keys, o) then fields.autoincrement = nil end
    if checks[c.name] then fields.check = raw(entry_source(checks[c.name])) end
    lines[#lines + 1] = braces(fields)
  end
  for _, c in ipairs(o.constraints) do
    if c ~= only_key and not folded[c] and not c.enum and not (c.kind == "check" and c.columns) then
      lines[#lines + 1] = entry_source(c)
    end
  end
  for _, index in ipairs(o.indexes) do
    if not folded[index] then lines[#lines + 1] = entry_source(index) end
  end
  local options = options_of(table_form.OPTIONS, o)
  return { columns = raw("{\n  " .. table.concat(lines, ",\n  ") .. ",\n}") }, options
end

--- What a column says about constraints, again as fields of the column.
function SHAPES.add_column(o)
  local more = {}
  for _, c in ipairs(o.constraints) do
    if c.kind == "unique" then
      more.unique = true
    elseif c.kind == "primary_key" then
      more.primary_key = true
    elseif c.kind == "check" and not c.enum then
      more.check = raw(entry_source(c))
    elseif c.kind == "foreign_key" then
      more.references = { c.referent_schema or c.referent, c.referent_schema and c.referent or c.referent_columns[1],
        c.referent_schema and c.referent_columns[1] or nil }
      more.references_name = c.name and raw("op.f " .. quoted(c.name)) or nil
      for _, option in ipairs { "deferrable", "initially", "match" } do more[option] = c[option] end
      for _, option in ipairs { "ondelete", "onupdate" } do more[option] = of_kind("action", c[option]) end
    end
  end
  for _, index in ipairs(o.indexes) do more.index, more.unique = true, index.unique end
  local fields = column_source(o.column, more)
  if more.primary_key then fields.nullable = nil end
  return { column = fields }, { if_not_exists = o.if_not_exists, after = o.after, first = o.first }
end

local function add_constraint(o)
  local c = o.constraint
  local options = options_of(entries.OPTIONS[c.kind], c)
  options.if_not_exists = o.if_not_exists
  return {
    name = c.name and raw("op.f " .. quoted(c.name)) or raw "nil", columns = c.columns, condition = c.expression,
    exclusions = c.exclusions, referent = c.referent, referent_columns = c.referent_columns,
  }, options
end
for _, name in ipairs { "create_primary_key", "create_unique_constraint", "create_check_constraint",
  "create_exclude_constraint", "create_foreign_key" } do
  SHAPES[name] = add_constraint
end

local function row_of(columns, values)
  local row = {}
  for i, name in ipairs(columns) do row[name] = values[i] end
  return row
end

local function where_of(where)
  if where.all then return raw "op.all" end
  return where.sql and { sql = where.sql } or row_of(where.columns, where.values)
end

function SHAPES.insert(o)
  local rows = {}
  for i, row in ipairs(o.rows) do rows[i] = row_of(row.columns, row.values) end
  return { rows = o.single and rows[1] or rows }, options_of(require("curlew.op.insert").options, o)
end

function SHAPES.update(o) return { values = row_of(o.columns, o.values), where = where_of(o.where) }, {} end
function SHAPES.delete(o) return { where = where_of(o.where) }, {} end

function SHAPES.drop_constraint(o)
  return { name = o.name and raw("op.f " .. quoted(o.name)) or raw "nil" },
    { type = o.type, columns = o.columns, if_exists = o.if_exists }
end

function SHAPES.create_index(o)
  return { name = raw("op.f " .. quoted(o.name)) }, options_of(require("curlew.op.create_index").options, o)
end

-- The call ----------------------------------------------------------------------------------------

--- The Lua source of the call that makes a record. With `naming`, the project's convention, columns say for
--- constraints and indexes what they can.
---@param record table
---@param as { prefix: string?, without_table: boolean?, naming: table<string, string>? }?
---@return string
function M.source(record, as)
  as = as or {}
  local name = record.op
  if name == "insert" and not record.single then name = "bulk_insert" end
  local definition = require("curlew.op").definition(name)
  if record.op == "batch_alter_table" then
    local lines = {}
    for i, own in ipairs(record.records) do
      lines[i] = "  " .. M.source(own, { prefix = "t.", without_table = true }):gsub("\n", "\n  ")
    end
    return ("op.batch_alter_table(%s, %s, function(t)\n%s\nend)"):format(quoted(record.table),
      record.schema and braces { schema = record.schema } or "{}", table.concat(lines, "\n"))
  end
  if definition.render then return definition.render(record) end
  local shape = SHAPES[definition.like or record.op]
  local values, options = {}, {}
  if shape then
    values, options = shape(record, as)
    for option, value in pairs(options_of(definition.own_options or {}, record)) do options[option] = value end
  end
  if not shape then options = options_of(definition.options or {}, record) end
  if definition.keeps_existing then
    for option, value in pairs(options_of(check.COMMON, record)) do options[option] = value end
  end
  options.schema = record.schema
  local parts = {}
  for _, arg in ipairs(definition.args) do
    local value = values[arg[1]]
    if value == nil then value = of_kind(arg[2], record[arg[1]]) end
    if not (as.without_table and arg[1] == "table") then parts[#parts + 1] = value == nil and "nil" or write(value) end
  end
  if as.without_table then options.schema = nil end
  if next(options) ~= nil then parts[#parts + 1] = braces(options) end
  while parts[#parts] == "nil" do parts[#parts] = nil end
  return ("%s%s(%s)"):format(as.prefix or "op.", name, table.concat(parts, ", "))
end

return M
