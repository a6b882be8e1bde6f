--- A snapshot of a SQLite database (snapshot.lua): tables by their parts, since the kept text of one that was
--- made anew differs in places that mean nothing; views, triggers and indexes by their text.

local M = {}

--- SQL without what means nothing: white space, and quotes around names that need none.
local function squeezed(sql)
  return (sql:gsub("%s+", " "):gsub('"([%a_][%w_]*)"', "%1"):gsub("^%s+", ""):gsub("%s+$", ""))
end

local function add(lines, text, ...) lines[#lines + 1] = text:format(...) end

local function named(item) return item.name and item.name .. " " or "" end

local function columns(lines, list)
  for _, c in ipairs(list) do
    add(lines, "column %s: %s%s%s%s%s", c.name, c.type, c.nullable and "" or " NOT NULL",
      c.default and " DEFAULT " .. squeezed(c.default) or "", c.collation and " COLLATE " .. c.collation or "",
      c.computed and " AS " .. squeezed(c.computed.sql or "") or "")
  end
end

local function constraints(lines, reflect, d, conn, name)
  local key = reflect.primary_key(d, conn, nil, name)
  if key then add(lines, "%sprimary key (%s)", named(key), table.concat(key.columns, ", ")) end
  for _, item in ipairs(reflect.unique_constraints(d, conn, nil, name)) do
    add(lines, "%sunique (%s)", named(item), table.concat(item.columns, ", "))
  end
  for _, item in ipairs(reflect.foreign_keys(d, conn, nil, name)) do
    add(lines, "%sforeign key (%s) to %s (%s)%s%s", named(item), table.concat(item.columns, ", "), item.referent,
      table.concat(item.referent_columns or {}, ", "), item.ondelete and " on delete " .. item.ondelete or "",
      item.onupdate and " on update " .. item.onupdate or "")
  end
  for _, item in ipairs(reflect.checks(d, conn, nil, name)) do
    add(lines, "%scheck (%s)", named(item), squeezed(item.expression))
  end
end

---@return table<string, string[]> objects
---@return string[] tables
function M.read(conn, d, service)
  local objects, tables = {}, {}
  local master = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
  for _, row in ipairs(conn:all(master)) do
    if service[row.name] or service[row.tbl_name] then
      goto continue
    elseif row.type == "table" then
      local lines = {}
      columns(lines, d.reflect.columns(d, conn, nil, row.name))
      constraints(lines, d.reflect, d, conn, row.name)
      local sql = row.sql:upper()
      for _, word in ipairs { "AUTOINCREMENT", "WITHOUT%s+ROWID", "STRICT", "VIRTUAL%s+TABLE" } do
        local found = sql:match("%f[%w]" .. word .. "%f[%W]")
        if found then add(lines, "%s", squeezed(found)) end
      end
      objects["table " .. row.name] = lines
      tables[#tables + 1] = row.name
    else
      objects[row.type .. " " .. row.name] = { squeezed(row.sql or "") }
    end
    ::continue::
  end
  return objects, tables
end

return M
