--- What is in a database, as text that can be compared: how `curlew test` and `curlew.testing` tell that a
--- revision taken back has left no trace. A snapshot is
---
---     { objects = { ["table users"] = { "column id: bigint NOT NULL", "index ...", ... }, ["view v"] = {...} },
---       rows = { users = { "id=1, name='Ada'", ... } } }
---
--- Lines are sorted, so the order of columns and constraints does not count: no server can put a column back
--- into its place after it was dropped and added again. How each server is asked is in the file of its name.

local M = {}

--- Whether a string holds bytes that are no text.
local function binary(text) return utf8.len(text) == nil or text:find "[%z\1-\8\14-\31]" ~= nil end

local function value_text(value)
  if type(value) ~= "string" then return tostring(value) end
  if binary(value) then return "x'" .. value:gsub(".", function(c) return ("%02x"):format(c:byte()) end) .. "'" end
  return "'" .. value .. "'"
end

--- A row as one line, columns by name. NULL is left out: a column that is added brings NULLs, and one that is
--- added again too.
local function row_text(row)
  local parts = {}
  for name, value in pairs(row) do parts[#parts + 1] = ("%s=%s"):format(name, value_text(value)) end
  table.sort(parts)
  return table.concat(parts, ", ")
end

---@param env { conn: table, dialect: curlew.Dialect }
---@param names string[]
local function rows_of(env, names)
  local result = {}
  for _, name in ipairs(names) do
    local lines = {}
    for row in env.conn:rows("SELECT * FROM " .. env.dialect:quote(name)) do lines[#lines + 1] = row_text(row) end
    table.sort(lines)
    result[name] = lines
  end
  return result
end

--- Takes a snapshot; without the `service` tables, with the rows of all tables where `data` is set.
---@param env { conn: table, dialect: curlew.Dialect }
---@param request { service: string[], data: boolean? }
---@return { objects: table<string, string[]>, rows: table<string, string[]>? }
function M.take(env, request)
  local service = {}
  for _, name in ipairs(request.service) do service[name] = true end
  local server = require("curlew.testing." .. env.dialect.name)
  local objects, tables = server.read(env.conn, env.dialect, service)
  for _, lines in pairs(objects) do table.sort(lines) end
  return { objects = objects, rows = request.data and rows_of(env, tables) or nil }
end

--- What is in a database besides what every database has: titles, sorted.
---@param env { conn: table, dialect: curlew.Dialect }
---@param request { service: string[] }
---@return { titles: string[] }
function M.contents(env, request)
  local titles = {}
  for title in pairs(M.take(env, { service = request.service }).objects) do
    if not title:find "^schema " and not title:find "^extension " then titles[#titles + 1] = title end
  end
  table.sort(titles)
  return { titles = titles }
end

-- Differences -------------------------------------------------------------------------------------

local function sorted_keys(a, b)
  local seen, list = {}, {}
  for _, map in ipairs { a, b } do
    for key in pairs(map) do
      if not seen[key] then
        seen[key] = true
        list[#list + 1] = key
      end
    end
  end
  table.sort(list)
  return list
end

--- The lines of `a` that `b` has not (counted: rows may be equal).
local function only(a, b)
  local count, list = {}, {}
  for _, line in ipairs(b) do count[line] = (count[line] or 0) + 1 end
  for _, line in ipairs(a) do
    count[line] = (count[line] or 0) - 1
    if count[line] < 0 then list[#list + 1] = line end
  end
  return list
end

local function lines_of(out, title, before, after)
  for _, line in ipairs(only(before, after)) do out[#out + 1] = ("%s: missing: %s"):format(title, line) end
  for _, line in ipairs(only(after, before)) do out[#out + 1] = ("%s: left over: %s"):format(title, line) end
end

--- What `after` has or lacks beside `before`, as sentences; none when they are equal. With `counts` only how many
--- rows there are counts.
---@param _env table
---@param request { before: table, after: table, counts: boolean? }
---@return { differences: string[] }
function M.compare(_env, request)
  local before, after, out = request.before, request.after, {}
  for _, title in ipairs(sorted_keys(before.objects, after.objects)) do
    local old, new = before.objects[title], after.objects[title]
    if not new then
      out[#out + 1] = title .. " is missing"
    elseif not old then
      out[#out + 1] = title .. " is left over"
    else
      lines_of(out, title, old, new)
    end
  end
  local old_rows, new_rows = before.rows or {}, after.rows or {}
  for _, name in ipairs(sorted_keys(old_rows, new_rows)) do
    -- A table that only one has is told of above.
    local old, new = old_rows[name], new_rows[name]
    if old and new and not request.counts then
      lines_of(out, "rows of " .. name, old, new)
    elseif old and new and #old ~= #new then
      out[#out + 1] = ("rows of %s: %d instead of %d"):format(name, #new, #old)
    end
  end
  return { differences = out }
end

return M
