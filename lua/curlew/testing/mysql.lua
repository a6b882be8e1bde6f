--- A snapshot of a MySQL or MariaDB database (snapshot.lua): what SHOW CREATE TABLE says, line by line.

local M = {}

--- Definitions name their database, which a copy elsewhere does not have.
local function without_database(text, database)
  return (text:gsub("`" .. database:gsub("%p", "%%%0") .. "`%.", ""))
end

--- The lines of a CREATE TABLE but for where counting goes on.
local function definition(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    line = line:match("^%s*(.-),?$"):gsub(" AUTO_INCREMENT=%d+", "")
    if not line:find "^CREATE " then lines[#lines + 1] = line end
  end
  return lines
end

local OTHERS = {
  view = [[SELECT TABLE_NAME AS name, VIEW_DEFINITION AS text, CHECK_OPTION AS more
             FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()]],
  trigger = [[SELECT TRIGGER_NAME AS name, ACTION_STATEMENT AS text,
                     CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ON ', EVENT_OBJECT_TABLE) AS more
                FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()]],
  routine = [[SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME) AS name, ROUTINE_DEFINITION AS text,
                     COALESCE(DTD_IDENTIFIER, '') AS more
                FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()]],
  event = [[SELECT EVENT_NAME AS name, EVENT_DEFINITION AS text, EVENT_TYPE AS more
              FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()]],
}

---@return table<string, string[]> objects
---@return string[] tables
function M.read(conn, d, service)
  local objects, tables, database = {}, {}, conn:scalar "SELECT DATABASE()"
  for _, row in ipairs(conn:all [[SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE NOT LIKE '%VIEW%']]) do
    local kind = row.kind == "SEQUENCE" and "sequence" or "table"
    if not service[row.name] then
      local shown = conn:first("SHOW CREATE TABLE " .. d:quote(row.name))
      objects[kind .. " " .. row.name] = definition(without_database(shown[2], database))
      if kind == "table" then tables[#tables + 1] = row.name end
    end
  end
  for kind, query in pairs(OTHERS) do
    for _, row in ipairs(conn:all(query)) do
      local title = kind == "routine" and row.name or kind .. " " .. row.name
      objects[title] = { without_database(row.text or "", database), row.more }
    end
  end
  return objects, tables
end

return M
