--- Change a column: its name, type, nullability, default, comment or numbering. What is not mentioned stays.

local check = require "curlew.op.check"
local marks = require "curlew.op.marks"

local M = { name = "alter_column", ddl = true, keeps_existing = true }

check.kind("identity_or_null", "{ always =, start =, increment = }, or op.null to drop it", function(value, context)
  if value == marks.null then return value end
  return check.value("identity", value, context, "identity")
end)

check.kind("computed_or_null", "{ expression, persisted = true }, or op.null to drop it", function(value, context)
  if value == marks.null then return value end
  return check.value("computed", value, context, "computed")
end)

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "column", "name", doc = "Name of the column" },
}
M.options = {
  { "new_column_name", "name", doc = "New name" },
  { "type", "type", doc = "New type" },
  { "nullable", "boolean", doc = "Whether it may be NULL" },
  { "server_default", "default", doc = "New default; op.null drops it" },
  { "comment", "text_or_null", doc = "New comment; op.null drops it" },
  { "autoincrement", "boolean", doc = "Whether the server numbers the rows" },
  { "identity", "identity_or_null", doc = "Identity column; op.null drops it" },
  { "computed", "computed_or_null", doc = "Generated column; op.null makes it a plain one" },
  { "collation", "name", doc = "New collation" },
  { "using", "expression", doc = "How old values become new ones (PostgreSQL, SQLite, with type)" },
}

local CHANGES = { "new_column_name", "type", "nullable", "server_default", "comment", "autoincrement", "identity",
  "computed", "collation" }

--- Which of the fields that change something a record has.
---@param record table
---@return string[]
function M.changes(record)
  local list = {}
  for _, field in ipairs(CHANGES) do
    if record[field] ~= nil then list[#list + 1] = field end
  end
  return list
end

function M.normalise(record, context)
  if record.using and not record.type then context:fail("using needs type") end
  local changes = M.changes(record)
  record.only_rename = #changes == 1 and record.new_column_name ~= nil or nil
  if record.type and record.type.collation and not record.collation then record.collation = record.type.collation end
  if record.type and record.type.name == "enum" then
    local column = { name = record.new_column_name or record.column, type = record.type }
    local table_form = require "curlew.schema.table"
    local entry = table_form.enum_check(column, context)
    if entry then record.enum_check = table_form.name_entry(entry, record.table, context) end
  end
  return record
end

function M.summary(record)
  return ("alter_column %s.%s (%s)"):format(record.table, record.column, table.concat(M.changes(record), ", "))
end

local EXISTING = { type = "existing_type", nullable = "existing_nullable", server_default = "existing_server_default",
  comment = "existing_comment", autoincrement = "existing_autoincrement" }

function M.reverse(record)
  local back = { op = "alter_column", table = record.table, schema = record.schema,
    column = record.new_column_name or record.column }
  for _, field in ipairs(M.changes(record)) do
    if field == "new_column_name" then
      back.new_column_name = record.column
    else
      local old = EXISTING[field] and record[EXISTING[field]]
      if old == nil then return nil end
      back[field], back[EXISTING[field]] = old, record[field]
    end
  end
  back.only_rename = record.only_rename
  return { back }
end

--- Each field that the catalog can tell; the operation is one statement, so any of them tells.
function M.probe(record, inspector)
  local where = { schema = record.schema }
  if record.new_column_name then
    local old = inspector:has_column(record.table, record.column, where)
    local new = inspector:has_column(record.table, record.new_column_name, where)
    if old == new then return nil end
    -- The name changes last: with the old one in place, the rest may or may not have happened.
    if new then return true end
    if record.only_rename then return false end
  end
  local found
  for _, column in ipairs(inspector:columns(record.table, where)) do
    if inspector.dialect.same_column(column.name, record.column) then found = column end
  end
  if not found then return nil end
  if record.nullable ~= nil and found.nullable ~= record.nullable then return false end
  if record.comment ~= nil then
    local wanted = record.comment ~= marks.null and record.comment or nil
    if found.comment ~= wanted then return false end
  end
  if record.type then
    local d = inspector.dialect
    local ok, text = pcall(d.type, d, found.type)
    if ok and text ~= d:type(record.type) then return false end
  end
  if record.server_default == marks.null and found.default ~= nil then return false end
  if record.nullable ~= nil and #M.changes(record) == 1 then return true end
  -- Doing all of it again leads to the same column.
  return false
end

M.example = [[
op.alter_column("users", "email", { type = types.varchar(200) })
op.alter_column("users", "age", { new_column_name = "years", server_default = 18 })
op.alter_column("users", "years", { server_default = op.null, nullable = true })
]]

return M
