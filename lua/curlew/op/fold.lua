--- What a table's columns can say for its constraints and indexes when a record is written as Lua source:
--- unique = true instead of op.unique({ "email" }). Only where the entry has the name that the project's naming
--- convention gives, so that the source makes the same entry again.

local entries = require "curlew.schema.entries"
local naming = require "curlew.schema.naming"

local M = {}

local FIELD = { primary_key = "primary_key", unique = "unique", index = "index" }

--- Whether an entry has no options but those of the list.
local function plain(entry, but)
  for _, spec in ipairs(entries.OPTIONS[entry.kind]) do
    if entry[spec[1]] ~= nil and not but[spec[1]] then return false end
  end
  return true
end

local REFERENCE = { "ondelete", "onupdate", "deferrable", "initially", "match" }
local IN_COLUMN = { referent_schema = true }
for _, option in ipairs(REFERENCE) do IN_COLUMN[option] = true end

--- The fields that say a foreign key.
local function reference(entry)
  if entry.referent_schema or entry.referent:find(".", 1, true) or entry.referent_columns[1]:find(".", 1, true) then
    local fields = { references = { entry.referent, entry.referent_columns[1] } }
    if entry.referent_schema then table.insert(fields.references, 1, entry.referent_schema) end
    return fields
  end
  return { references = entry.referent .. "." .. entry.referent_columns[1] }
end

--- Adds what an entry says to its column's fields, if a column can say it.
local function take(entry, fields)
  if entry.kind == "foreign_key" then
    if fields.references or not plain(entry, IN_COLUMN) then return false end
    for key, value in pairs(reference(entry)) do fields[key] = value end
    for _, option in ipairs(REFERENCE) do
      fields[option] = entry[option]
    end
    return true
  end
  local field = FIELD[entry.kind]
  if not field or not plain(entry, {}) or fields.unique or fields.index then return false end
  fields[field] = true
  return true
end

--- @param record table of create_table
--- @param convention table<string, string>? of the project that the source is for; nil: names are left alone
--- @return table<string, table> fields by column
--- @return table<table, boolean> folded the entries that need not be written
function M.fold(record, convention)
  local fields, folded, position = {}, {}, {}
  for i, c in ipairs(record.columns) do fields[c.name], position[c.name] = {}, i end
  if not convention then return fields, folded end
  for _, list in ipairs { record.constraints, record.indexes } do
    local last = 0 -- indexes of columns come before the others, in the columns' order
    for _, entry in ipairs(list) do
      local name = #(entry.columns or {}) == 1 and entry.columns[1]
      local column = type(name) == "string" and fields[name]
      local ordered = list == record.constraints or column and position[name] > last
      if column and ordered and not entry.enum and entry.name == naming.name(convention, { kind = entry.kind,
          table = record.table, columns = entry.columns, referent = entry.referent,
          referent_columns = entry.referent_columns }) and take(entry, column) then
        folded[entry], last = true, position[name]
      elseif list == record.indexes then
        last = math.huge
      end
    end
  end
  return fields, folded
end

return M
