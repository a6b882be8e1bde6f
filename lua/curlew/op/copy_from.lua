--- Load many rows by the database's fastest way, in the migration's transaction; gives how many there were.

local check = require "curlew.op.check"
local copy_send = require "curlew.op.copy_send"
local csv = require "curlew.csv"
local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"
local suggest = require "curlew.suggest"

local M = { name = "copy_from" }

check.kind("copy_source", "a list of rows, a function that gives one row a call, or the path of a CSV file", function(value)
  local kind = type(value)
  if kind == "function" or (kind == "string" and value:find("%S")) then return value end
  return kind == "table" and getmetatable(value) == nil and value or nil
end)
check.kind("character", "one character", function(value)
  return type(value) == "string" and #value == 1 and not value:find("[%c%w]") and value or value == "\t" and value or nil
end)
check.kind("any_text", "text", function(value) return type(value) == "string" and value or nil end)

M.args = {
  { "table", "name", doc = "Name of the table" },
  { "rows", "copy_source", doc = "A list of rows, a function that gives one row a call until nil, or the path of a CSV file, "
    .. "from the folder of curlew.lua", lazy = true },
}
M.options = {
  { "columns", "names", doc = "Columns in their order; else those of the first row, or of the file's first line" },
  { "header", "boolean", doc = "The file's first line names the columns (true)" },
  { "delimiter", "character", doc = "Between two fields (\",\")" },
  { "quote", "character", doc = "Around a field that holds one of these (\")" },
  { "null", "any_text", doc = "What stands for NULL where it is not quoted (nothing)" },
}

function M.normalise(record, context)
  if type(record.rows) ~= "string" then
    for _, name in ipairs { "header", "delimiter", "quote", "null" } do
      if record[name] ~= nil then context:fail("%s is for a CSV file", name) end
    end
  elseif record.header == false and not record.columns then
    context:fail("columns are missing: the file has no header to name them")
  end
  if record.delimiter and record.delimiter == (record.quote or '"') then context:fail("delimiter and quote are the same") end
  return record
end

local function source_of(record)
  return type(record.rows) == "string" and record.rows or type(record.rows) == "function" and "a function" or "rows"
end

function M.summary(record) return ("copy_from %s (%s)"):format(record.table, source_of(record)) end

--- What is loaded is no part of what the step is, as the values of an insert are not.
function M.digest(record)
  return { op = "copy_from", table = record.table, schema = record.schema, columns = record.columns,
    source = source_of(record), header = record.header, delimiter = record.delimiter, quote = record.quote,
    null = record.null }
end

M.journal = M.digest

-- Rows --------------------------------------------------------------------------------------------

local function fail(where, text, ...)
  errors.usage("%s: " .. text, where, ...)
end

--- Columns from the first row's names.
local function columns_of(record, row)
  if record.columns then return record.columns end
  if rawget(row, 1) ~= nil then
    errors.usage("op.copy_from: the rows are lists: name their columns with columns = { ... }")
  end
  local columns = {}
  for name in pairs(row) do
    if type(name) ~= "string" then errors.usage("op.copy_from: a row has the key %s", errors.show(name)) end
    columns[#columns + 1] = name
  end
  table.sort(columns)
  if #columns == 0 then errors.usage("op.copy_from: the first row is empty") end
  return columns
end

--- Values of a row in the columns' order; nil where it has none.
local function values_of(row, columns, known, where)
  local values = {}
  if rawget(row, 1) ~= nil or next(row) == nil then
    for i = 1, #columns do values[i] = row[i] end
    if row[#columns + 1] ~= nil then fail(where, "it has more values than there are columns (%d)", #columns) end
    return values
  end
  for i, name in ipairs(columns) do values[i] = row[name] end
  for name in pairs(row) do
    if not known[name] then
      fail(where, "it has a column %s, which the first row has not%s", errors.show(name),
        type(name) == "string" and suggest.hint(name, columns) or "")
    end
  end
  return values
end

local function check_value(value, column, where)
  local kind = type(value)
  if value == marks.null then return nil end
  if value == nil or kind == "string" or kind == "number" or kind == "boolean" then return value end
  fail(where, "column %s must be a string, number, boolean or op.null, got %s", errors.show(column), errors.show(value))
end

--- An iterator of lists of values, each with where it comes from; the columns are known after `open`.
local function open_rows(record)
  local n, known, source = 0, {}, record.rows
  local function next_row()
    n = n + 1
    local row
    if type(source) == "function" then row = source() else row = source[n] end
    if row ~= nil and type(row) ~= "table" then fail("row " .. n, "it must be a table, got %s", errors.show(row)) end
    return row
  end
  local first = next_row()
  local columns = first and columns_of(record, first) or record.columns or {}
  for _, name in ipairs(columns) do known[name] = true end
  local pending = first
  return {
    columns = columns, where = function(i) return "op.copy_from: row " .. i end,
    next = function()
      local row = pending or next_row()
      pending = nil
      if row == nil then return nil end
      local values = values_of(row, columns, known, "op.copy_from: row " .. n)
      for i, column in ipairs(columns) do values[i] = check_value(values[i], column, "op.copy_from: row " .. n) end
      return values, n
    end,
    close = function() end,
  }
end

local function open_file(record)
  local reader, problem = csv.open(record.path or record.rows, record.rows, record)
  if not reader then errors.usage("op.copy_from: %s", problem) end
  local columns = record.columns
  if record.header ~= false then
    local names = reader:record()
    if not names then errors.usage("op.copy_from: %s is empty: it has not even a header", record.rows) end
    if not columns then
      columns = {}
      for i = 1, names.n do
        columns[i] = names[i] and names[i]:match("^%s*(.-)%s*$") or ""
        if columns[i] == "" then fail(record.rows .. ":1", "column %d has no name", i) end
      end
    elseif #columns ~= names.n then
      fail(record.rows .. ":1", "%d columns instead of %d", names.n, #columns)
    end
  end
  return {
    columns = columns, reader = reader, where = function(line) return ("%s:%d"):format(record.rows, line) end,
    next = function()
      local fields, line = reader:record()
      if not fields then return nil end
      if fields.n ~= #columns then
        fail(("%s:%d"):format(record.rows, line), "%d fields instead of %d", fields.n, #columns)
      end
      return fields, line
    end,
    close = function() reader:close() end,
  }
end

function M.executes() return true end

function M.execute(record, conn, d)
  local source = type(record.rows) == "string" and open_file(record) or open_rows(record)
  local _ <close> = setmetatable({}, { __close = source.close })
  if #source.columns == 0 then return 0 end
  return copy_send.send(record, source, conn, d)
end

--- The rows as the record of an insert, for SQL that is printed.
---@param record table
---@return table
function M.inserted(record)
  local source = type(record.rows) == "string" and open_file(record) or open_rows(record)
  local _ <close> = setmetatable({}, { __close = source.close })
  local rows = {}
  for values in source.next do
    for i = 1, #source.columns do if values[i] == nil then values[i] = marks.null end end
    rows[#rows + 1] = { columns = source.columns, values = values }
  end
  return { op = "insert", table = record.table, schema = record.schema, rows = rows }
end

function M.run(record, host)
  if type(record.rows) == "string" and not record.rows:find("^/") and host.folder() then
    record.path = host.folder() .. "/" .. record.rows
  end
  return (host.step(record))
end

M.example = [[
op.copy_from("teams", { { name = "Night shift" }, { name = "Day shift" } })
local i = 0
op.copy_from("users", function()
  i = i + 1
  if i <= 3 then return { ("user%d@example.org"):format(i), 20 + i } end
end, { columns = { "email", "age" } })
]]

return M
