--- Everything that is in a database, as text: schema, rows and version table, but for curlew's own
--- journal. Taken with the database's client programs, so that two ways of getting there can be compared.
local process = require "support.process"
local server = require "support.server"

local M = {}

local function rows_text(url, sql)
  local lines = {}
  for i, row in ipairs(server.sql(url, sql)) do lines[i] = table.concat(row, "\t") end
  return table.concat(lines, "\n")
end

local function list(url, sql)
  local result = {}
  for i, row in ipairs(server.sql(url, sql)) do result[i] = row[1] end
  return result
end

--- A table's definition whatever the order of its parts: a constraint that was dropped and added again
--- stands last.
local function sorted_definition(text)
  local lines = {}
  for line in (text:gsub(",%s*\n", "\n"):gsub("%)%s*$", "")):gmatch("[^\n]+") do
    line = line:match("^%s*(.-)[%s,]*$")
    if line ~= "" then lines[#lines + 1] = line end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function sqlite(url)
  local parts = { rows_text(url, "SELECT type, name, tbl_name, sql FROM sqlite_master "
    .. "WHERE type <> 'table' AND name NOT LIKE 'curlew\\_version\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'curlew\\_version\\_%' ESCAPE '\\' "
    .. "ORDER BY type, name") }
  for _, name in ipairs(list(url, "SELECT name FROM sqlite_master WHERE type = 'table' "
      .. "AND name NOT LIKE 'curlew\\_version\\_%' ESCAPE '\\' ORDER BY name")) do
    local columns = list(url, ("SELECT 'typeof(\"' || name || '\") || quote(\"' || name || '\")' FROM pragma_table_xinfo('%s')"):format(name))
    parts[#parts + 1] = sorted_definition(rows_text(url, ("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '%s'"):format(name)))
    parts[#parts + 1] = name .. "\n" .. rows_text(url, ("SELECT %s FROM \"%s\" ORDER BY 1, 2"):format(
      table.concat(columns, ", "), name) :gsub("ORDER BY 1, 2", #columns > 1 and "ORDER BY 1, 2" or "ORDER BY 1"))
  end
  return table.concat(parts, "\n\n")
end

local function postgresql(url)
  local dump = process.capture(("pg_dump --inserts --no-owner --exclude-table='curlew_version_*' -d %s"):format(
    process.quote(url)))
  -- Rows in the order of their text: an UPDATE moves them.
  local schema, rows = {}, {}
  for line in dump:gmatch("[^\n]+") do
    if line:find("^INSERT ") then rows[#rows + 1] = line
    elseif not line:find("^%-%-") and not line:find("^\\") and not line:find("dump") then schema[#schema + 1] = line end
  end
  table.sort(rows)
  return table.concat(schema, "\n") .. "\n\n" .. table.concat(rows, "\n")
end

local function mysql(url)
  local parts = {}
  for _, name in ipairs(list(url, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
      .. "AND TABLE_NAME NOT LIKE 'curlew\\_version\\_%' ORDER BY TABLE_NAME")) do
    parts[#parts + 1] = rows_text(url, ("SHOW CREATE TABLE `%s`"):format(name))
    local columns = list(url, ("SELECT CONCAT(IF(DATA_TYPE REGEXP "
      .. "'char|text|blob|enum|binary|json', 'HEX', ''), '(`', COLUMN_NAME, '`)') FROM information_schema.COLUMNS "
      .. "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '%s' ORDER BY ORDINAL_POSITION"):format(name))
    parts[#parts + 1] = rows_text(url, ("SELECT %s FROM `%s` ORDER BY 1"):format(table.concat(columns, ", "), name))
  end
  parts[#parts + 1] = rows_text(url, "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, "
    .. "ACTION_STATEMENT, SQL_MODE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1")
  parts[#parts + 1] = rows_text(url, "SELECT ROUTINE_NAME, ROUTINE_DEFINITION, SQL_MODE FROM information_schema.ROUTINES "
    .. "WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1")
  -- Where the next row's number comes from is the engine's affair.
  return (table.concat(parts, "\n\n"):gsub("`" .. server.parts(url).database .. "`%.", ""))
end

--- The lines that only one of two texts has, as one text; "" when they are equal.
---@param a string
---@param b string
---@return string
function M.difference(a, b)
  local count, lines = {}, {}
  for line in a:gmatch("[^\n]+") do count[line] = (count[line] or 0) + 1 end
  for line in b:gmatch("[^\n]+") do
    count[line] = (count[line] or 0) - 1
    if count[line] < 0 then lines[#lines + 1] = "+ " .. line end
  end
  for line in a:gmatch("[^\n]+") do
    if count[line] > 0 then
      lines[#lines + 1] = "- " .. line
      count[line] = count[line] - 1
    end
  end
  return table.concat(lines, "\n")
end

---@param url string
---@return string
function M.take(url)
  if url:find("^sqlite:") then return sqlite(url) end
  if url:find("^postgresql:") then return postgresql(url) end
  return mysql(url)
end

return M
