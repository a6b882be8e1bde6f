--- What SQLite's own ALTER TABLE can do, and how to tell. The rest is for rebuild.lua.
---
--- Operations that may need a rebuild carry a group, so that those of one table which follow each other
--- are compiled together and share it.

local base = require "curlew.dialect.base"
local guard = require "curlew.dialect.sqlite.rebuild_guard"
local null = require "curlew.null"
local rebuild = require "curlew.dialect.sqlite.rebuild"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

local MAY_REBUILD = {
  add_column = true, drop_column = true, alter_column = true, create_primary_key = true,
  create_unique_constraint = true, create_check_constraint = true, create_foreign_key = true,
  drop_constraint = true, rename_constraint = true, batch_alter_table = true,
}

function methods.group(_d, record)
  if MAY_REBUILD[record.op] and record.table then
    return (record.schema or "main") .. "." .. record.table
  end
end

--- Steps of a group wait before they are compiled, so what can't be done is refused here already.
function methods.check(d, record)
  local constraints = record.constraints or { record.constraint }
  for _, constraint in ipairs(constraints) do d:constraint(constraint, record) end
  for _, index in ipairs(record.indexes or {}) do d:create_index(index, record) end
  if record.op == "add_column" then
    d:type(record.column.type)
  elseif record.op == "alter_column" then
    if record.comment ~= nil then d:refuse("op.alter_column with a comment (there are no comments)", "leave it out") end
    if record.type then d:type(record.type) end
    if record.identity and record.identity ~= null then d:check_identity({ identity = record.identity }) end
  elseif record.op == "validate_constraint" then
    base.compile.validate_constraint(d)
  elseif record.op == "create_table_comment" or record.op == "drop_table_comment" then
    d.compile[record.op](d, record)
  end
end

--- A default that ADD COLUMN takes for a table with rows: a constant that is not NULL.
local function constant(default)
  if not default then return nil end
  if default.sql then
    return default.sql:match("^%s*'[^']*'%s*$") ~= nil or default.sql:match("^%s*[-+]?[%d.]+%s*$") ~= nil
  end
  return true
end

--- Whether ADD COLUMN can add this column with its constraints, whatever rows there are.
---@param o table the record
---@return boolean
function M.can_add(o)
  local c = o.column
  if o.after or o.first then return false end
  if c.autoincrement or c.identity or (c.computed and c.computed.persisted) then return false end
  if c.default and not constant(c.default) then return false end
  if not c.nullable and not c.default then return false end
  for _, constraint in ipairs(o.constraints) do
    if constraint.kind == "foreign_key" then
      if c.default then return false end
    elseif constraint.kind ~= "check" then
      return false
    end
  end
  return true
end

--- A word's occurrences in SQL text, whatever its quotes and letter case.
local function mentions(text, word)
  local count, from = 0, 1
  text, word = text:lower(), word:lower()
  while true do
    local first, last = text:find(word, from, true)
    if not first then return count end
    local before, after = text:sub(first - 1, first - 1), text:sub(last + 1, last + 1)
    if first == 1 then before = "" end
    if not before:match("[%w_\128-\255]") and not after:match("[%w_\128-\255]") then count = count + 1 end
    from = last + 1
  end
end

--- Whether DROP COLUMN can drop a column: nothing else in the schema speaks of it. In doubt it can't.
---@param conn table
---@param o table the record
---@return boolean
function M.can_drop(conn, o)
  local master = (o.schema and '"' .. o.schema:gsub('"', '""') .. '".' or "") .. "sqlite_master"
  for _, row in ipairs(conn:all("SELECT type, lower(name) = lower(?) AND type = 'table' AS own, sql FROM "
      .. master .. " WHERE sql IS NOT NULL", { o.table })) do
    local own = row.own == 1 or row.own == true
    if own then
      -- Once is its own definition; a key or UNIQUE may stand right in it.
      if mentions(row.sql, o.column) > 1 then return false end
    elseif mentions(row.sql, o.table) > 0 and mentions(row.sql, o.column) > 0 then
      return false
    end
  end
  for _, row in ipairs(conn:all("SELECT name, pk FROM pragma_table_xinfo(?)", { o.table })) do
    if row.name:lower() == o.column:lower() and row.pk > 0 then return false end
  end
  for _, index in ipairs(conn:all("SELECT name FROM pragma_index_list(?)", { o.table })) do
    for _, row in ipairs(conn:all("SELECT name FROM pragma_index_info(?)", { index.name })) do
      if row.name and row.name:lower() == o.column:lower() then return false end
    end
  end
  return true
end

--- Constraints stand in the definition, since ALTER TABLE knows no ADD CONSTRAINT.
local function inline_constraint(d, constraint)
  local text = d:constraint(constraint)
  if constraint.kind == "foreign_key" then text = text:gsub("FOREIGN KEY %b() ", "", 1) end
  return text
end

function compile.add_column(d, o)
  local parts = { d:column(o.column, o) }
  for _, constraint in ipairs(o.constraints) do parts[#parts + 1] = inline_constraint(d, constraint) end
  local list = { d:alter_table(o, { "ADD COLUMN " .. table.concat(parts, " ") }) }
  for _, index in ipairs(o.indexes) do list[#list + 1] = d:ddl(d:create_index(index, o)) end
  return list
end

function compile.drop_column(d, o)
  return { d:alter_table(o, { "DROP COLUMN " .. d:quote(o.column) }) }
end

--- if_exists and if_not_exists: whether there is nothing to do.
local function is_settled(d, o, env)
  local name = o.op == "add_column" and o.column.name or o.op == "drop_column" and o.column
  return name and #d:guarded(o, env, "column", name, { true }) == 0
end

--- Whether ALTER TABLE is enough for a record.
local function native(o, env)
  if o.op == "add_column" then return M.can_add(o) end
  if o.op ~= "drop_column" and o.op ~= "alter_column" then return not MAY_REBUILD[o.op] end
  local sound = env.conn == nil or #guard.unsound(env.dialect, env.conn, o.schema or "main") == 0
  if o.op == "drop_column" then return env.conn ~= nil and sound and M.can_drop(env.conn, o) end
  return o.only_rename == true and sound
end

--- The records of batches take their batch's place.
local function unbatched(records)
  local list = {}
  for _, record in ipairs(records) do
    local own = record.op == "batch_alter_table" and record.records or { record }
    table.move(own, 1, #own, #list + 1, list)
  end
  return list
end

--- The names of columns that a record makes or takes away.
local function touched(o)
  local column = type(o.column) == "table" and o.column.name or o.column
  return { type(column) == "string" and column:lower() or nil, o.new_column_name and o.new_column_name:lower() }
end

--- Whether the catalog can't judge a record yet, since records before it concern the same column.
local function intertwined(records)
  local seen = {}
  for _, o in ipairs(records) do
    local judged = o.if_exists or o.if_not_exists or o.op == "drop_column"
    for _, name in pairs(touched(o)) do
      if judged and seen[name] then return true end
    end
    for _, name in pairs(touched(o)) do seen[name] = true end
  end
  return false
end

function methods.statements(d, records, env)
  if not records[2] and not MAY_REBUILD[records[1].op] then return base.statements(d, records, env) end
  records = unbatched(records)
  if env.conn and intertwined(records) then return rebuild.compile(d, records, env) end
  local pending, all_native = {}, true
  for _, record in ipairs(records) do
    if not is_settled(d, record, env) then
      pending[#pending + 1] = record
      all_native = all_native and native(record, env)
    end
  end
  if #pending == 0 then return {} end
  if not all_native then return rebuild.compile(d, records, env) end
  return base.statements(d, pending, env)
end

return M
