--- How the rows of op.copy_from get to the server: PostgreSQL takes a stream (a CSV file as it is), the others
--- prepared inserts of many rows. Failures name the row, or the file's line, that they are about.

local inspect = require "curlew.inspect"
local marks = require "curlew.op.marks"

local M = {}

local ROWS = 2000 -- of one batch
local BYTES = 1 << 20 -- of one piece of a stream
local GROUP = 100 -- rows of one INSERT on MySQL, whose client sends prepared statements one by one

--- A failure, with the row or the file's line that it is about: lines[i] is where the i-th row came from.
local function blame(e, source, lines)
  if type(e) ~= "table" and type(e) ~= "userdata" then error(e, 0) end
  local text = type(e.message) == "string" and e.message or ""
  local one, more = text:match("^parameter set (%d+) of %d+: (.*)$")
  if not one then one, more = text:match("^line (%d+) of the data: (.*)$") end
  local from, to, rest = text:match("^one of the parameter sets (%d+) to (%d+) of %d+: (.*)$")
  if one then
    local line = type(lines) == "number" and lines + tonumber(one) - 1 or lines[tonumber(one)] or lines[#lines]
    e.message = ("%s: %s"):format(source.where(line), more)
  elseif type(lines) == "table" and #lines == 1 then
    e.message = ("%s: %s"):format(source.where(lines[1]), text)
  elseif from then
    e.message = ("%s to %s: %s"):format(source.where(lines[tonumber(from)]), lines[tonumber(to)], rest)
  end
  error(e, 0)
end

local function send(source, lines, fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok then blame(result, source, lines) end
  return result
end

--- "true" and "1" of a file for columns that are booleans; the database reads everything else from text.
local TRUTH = { ["true"] = true, t = true, yes = true, y = true, on = true, ["1"] = true,
  ["false"] = false, f = false, no = false, n = false, off = false, ["0"] = false }

local function booleans(record, source, conn, d)
  local is, any = {}, false
  local by_name = {}
  for _, column in ipairs(inspect.new(conn, d):columns(record.table, { schema = record.schema })) do
    by_name[column.name:lower()] = column
  end
  for i, name in ipairs(source.columns) do
    local column = by_name[name:lower()]
    local text = column and tostring(column.type):lower() or ""
    if text == "boolean" or text == "bool" or text == "tinyint(1)" then is[i], any = true, true end
  end
  return any and is or nil
end

--- Many rows of one statement; `rest` are those that no full one is made of.
local function grouped(rows, width)
  local groups, at = {}, 1
  while #rows - at + 1 >= GROUP do
    local values = {}
    for i = at, at + GROUP - 1 do table.move(rows[i], 1, width, #values + 1, values) end
    groups[#groups + 1] = values
    at = at + GROUP
  end
  return groups, table.move(rows, at, #rows, 1, {})
end

--- A failure among many rows is found by sending them one by one: what the statement did has been undone.
local function one_by_one(source, conn, sql, rows, lines, failure)
  for i, row in ipairs(rows) do
    local ok, e = pcall(conn.execute, conn, sql, row)
    if not ok and type(e) == "table" and type(e.message) == "string" then
      e.message = ("%s: %s"):format(source.where(lines[i]), e.message)
    end
    if not ok then error(e, 0) end
  end
  error(failure, 0)
end

local function by_batches(record, source, conn, d)
  local truths = source.reader and booleans(record, source, conn, d)
  local count, done, places = #source.columns, 0, {}
  for i = 1, count do places[i] = "?" end
  local one = "(" .. table.concat(places, ", ") .. ")"
  local into = ("INSERT INTO %s (%s) VALUES "):format(d:qualified(record.schema, record.table), d:names(source.columns))
  local many = d.name == "mysql" and into .. one .. (", " .. one):rep(GROUP - 1)
  local rows, lines = {}, {}
  local function flush()
    local groups, rest = {}, rows
    if many then groups, rest = grouped(rows, count) end
    for i, values in ipairs(groups) do
      local ok, e = pcall(conn.execute, conn, many, values)
      local from = (i - 1) * GROUP + 1
      if not ok then
        one_by_one(source, conn, into .. one, table.move(rows, from, from + GROUP - 1, 1, {}),
          table.move(lines, from, from + GROUP - 1, 1, {}), e)
      end
    end
    local left = table.move(lines, #groups * GROUP + 1, #lines, 1, {})
    if many then
      for i, row in ipairs(rest) do send(source, { left[i] }, conn.execute, conn, into .. one, { row }) end
    elseif #rest > 0 then
      send(source, left, conn.execute, conn, into .. one, rest)
    end
    done = done + #rows
    rows, lines = {}, {}
  end
  for values, line in source.next do
    for i = 1, count do
      local value = values[i]
      if value == nil then
        values[i] = marks.null
      elseif truths and truths[i] and TRUTH[value:lower()] ~= nil then
        values[i] = TRUTH[value:lower()]
      end
    end
    values.n = nil
    rows[#rows + 1], lines[#lines + 1] = values, line
    if #rows == ROWS then flush() end
  end
  flush()
  return done
end

local ESCAPES = { ["\\"] = "\\\\", ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }

local function byte_columns(record, source, conn, d)
  local is = {}
  for _, column in ipairs(inspect.new(conn, d):columns(record.table, { schema = record.schema })) do
    for i, name in ipairs(source.columns) do
      if column.name == name and tostring(column.type):lower():find("bytea") then is[i] = true end
    end
  end
  return is
end

--- Rows in COPY's text format.
local function by_stream(record, source, conn, d)
  local bytes = byte_columns(record, source, conn, d)
  local sql = ("COPY %s (%s) FROM STDIN"):format(d:qualified(record.schema, record.table), d:names(source.columns))
  local count, done, size = #source.columns, 0, 0
  local texts, lines, fields = {}, {}, {}
  local function flush()
    if #texts > 0 then done = done + send(source, lines, conn._copy, conn, sql, table.concat(texts)) end
    texts, lines, size = {}, {}, 0
  end
  for values, line in source.next do
    for i = 1, count do
      local value = values[i]
      if value == nil then
        fields[i] = "\\N"
      elseif type(value) == "string" then
        if bytes[i] then value = "\\x" .. value:gsub(".", function(c) return ("%02x"):format(c:byte()) end) end
        fields[i] = value:find("[\\\t\n\r]") and value:gsub("[\\\t\n\r]", ESCAPES) or value
      elseif math.type(value) == "float" then
        fields[i] = value ~= value and "NaN" or value == math.huge and "Infinity" or value == -math.huge and "-Infinity"
          or ("%.17g"):format(value)
      else
        fields[i] = tostring(value)
      end
    end
    local text = table.concat(fields, "\t", 1, count) .. "\n"
    texts[#texts + 1], lines[#lines + 1] = text, line
    size = size + #text
    if size >= BYTES then flush() end
  end
  flush()
  return done
end

--- A CSV file as it is.
local function by_file(record, source, conn, d)
  local sql = ("COPY %s (%s) FROM STDIN WITH (FORMAT csv, DELIMITER %s, QUOTE %s, NULL %s)"):format(
    d:qualified(record.schema, record.table), d:names(source.columns), d:literal(record.delimiter or ","),
    d:literal(record.quote or '"'), d:literal(record.null or ""))
  local done = 0
  while true do
    local piece, line = source.reader:piece(BYTES)
    if not piece then return done end
    done = done + send(source, line, conn._copy, conn, sql, piece)
  end
end

--- Sends all rows of a source: { columns =, next =, where =, reader = of a file }.
---@param record table
---@param source table
---@param conn table
---@param d curlew.Dialect
---@return integer rows
function M.send(record, source, conn, d)
  if d.server ~= "postgresql" then return by_batches(record, source, conn, d) end
  return (source.reader and by_file or by_stream)(record, source, conn, d)
end

return M
