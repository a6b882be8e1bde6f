--- Rows: insert, update, delete, execute.

local null = require "curlew.null"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

local function is_sql(value) return type(value) == "table" and type(value.sql) == "string" end

--- Collects the parameters of one statement and writes their placeholders.
local function binder(d)
  local params = {}
  return params, function(value)
    if is_sql(value) then return value.sql end
    params[#params + 1] = value
    return d:placeholder(#params)
  end
end

local function equality(d, column, value, bind)
  local name = d:quote(column)
  if value == null then return name .. " IS NULL" end
  if type(value) ~= "table" or is_sql(value) then return name .. " = " .. bind(value) end
  local places, with_null = {}, false
  for _, item in ipairs(value) do
    if item == null then with_null = true else places[#places + 1] = bind(item) end
  end
  local list = #places > 0 and ("%s IN (%s)"):format(name, table.concat(places, ", "))
  if list and with_null then return ("(%s OR %s IS NULL)"):format(list, name) end
  return list or (with_null and name .. " IS NULL") or "1 = 0"
end

--- WHERE ..., or nothing for op.all.
local function where_clause(d, where, bind)
  if where.all then return "" end
  if where.sql then return " WHERE " .. where.sql end
  local parts = {}
  for i, column in ipairs(where.columns) do parts[i] = equality(d, column, where.values[i], bind) end
  return " WHERE " .. table.concat(parts, " AND ")
end

--- A value of a column as a parameter; printed SQL has no typed parameters, see postgresql/init.lua.
function methods.cell(_d, _o, _env, _column, value) return value end

function compile.update(d, o, env)
  local params, bind = binder(d)
  local sets = {}
  for i, column in ipairs(o.columns) do
    sets[i] = d:quote(column) .. " = " .. bind(d:cell(o, env, column, o.values[i]))
  end
  local where = where_clause(d, o.where, bind)
  return { { sql = ("UPDATE %s SET %s%s"):format(d:qualified(o.schema, o.table), table.concat(sets, ", "), where),
    params = params, counts = true } }
end

function compile.delete(d, o)
  local params, bind = binder(d)
  local where = where_clause(d, o.where, bind)
  return { { sql = ("DELETE FROM %s%s"):format(d:qualified(o.schema, o.table), where), params = params,
    counts = true } }
end

--- What follows VALUES (...) when a row with the same key may be there.
---@param d curlew.Dialect
---@param conflict table { ignore = true } or { columns =, update = , values = }
---@param _columns string[] the columns of the insert
---@param bind fun(value: any): string
---@return string
function methods.on_conflict(d, conflict, _columns, bind)
  local target = conflict.columns and (" (%s)"):format(d:names(conflict.columns)) or ""
  if not conflict.update then return (" ON CONFLICT%s DO NOTHING"):format(target) end
  local sets = {}
  for i, column in ipairs(conflict.update) do
    local value = conflict.values and conflict.values[i]
    sets[i] = d:quote(column) .. " = " .. (value ~= nil and bind(value) or "excluded." .. d:quote(column))
  end
  return (" ON CONFLICT%s DO UPDATE SET %s"):format(target, table.concat(sets, ", "))
end

--- A row that gives no column a value.
function methods.default_row(_d) return " DEFAULT VALUES" end

--- The columns of a table's primary key, when the catalog can be read.
local function key_columns(d, o, env)
  if o.returning then return o.returning end
  if not env.conn or env.offline then return nil end
  return d.reflect.key_columns(d, env.conn, o.schema, o.table)
end

--- RETURNING ... where the server has it; else the client library tells the number it gave.
function methods.returning(d, columns) return " RETURNING " .. d:names(columns) end

--- The statement of rows that have the same columns and the same SQL expressions.
local function insert_statement(d, o, columns, values, key)
  local params, bind = binder(d)
  local text
  if #columns == 0 then
    text = d:default_row()
  else
    local places = {}
    for i in ipairs(columns) do places[i] = bind(values[i]) end
    text = (" (%s) VALUES (%s)"):format(d:names(columns), table.concat(places, ", "))
  end
  local conflict = o.on_conflict and d:on_conflict(o.on_conflict, columns, bind) or ""
  return ("INSERT INTO %s%s%s%s"):format(d:qualified(o.schema, o.table), text, conflict, key and d:returning(key) or ""),
    params
end

--- Rows that follow each other and look the same become one batch.
local function shape(columns, values)
  local parts = {}
  for i, column in ipairs(columns) do
    local value = values[i]
    parts[i] = column .. (is_sql(value) and "\1" .. value.sql or "")
  end
  return table.concat(parts, "\0")
end

local function known_key(o, key)
  local row = {}
  for i, column in ipairs(o.rows[1].columns) do row[column] = o.rows[1].values[i] end
  local values = {}
  for i, column in ipairs(key) do
    local value = row[column]
    if value == nil or is_sql(value) or value == null then return nil end
    values[i] = value
  end
  return #values == 1 and values[1] or values
end

function compile.insert(d, o, env)
  local list, last = {}, nil
  if env.shadow then
    for _, row in ipairs(o.rows) do
      for i, column in ipairs(row.columns) do row.values[i] = d:cell(o, env, column, row.values[i]) end
    end
  end
  if o.single then
    local key = key_columns(d, o, env)
    o.known_key = key and not o.on_conflict and known_key(o, key) or nil
    if o.known_key ~= nil then key = nil end
    local row = o.rows[1]
    local text, params = insert_statement(d, o, row.columns, row.values, key)
    return { { sql = text, params = params, counts = true, returns_key = key ~= nil or nil } }
  end
  for _, row in ipairs(o.rows) do
    local now = shape(row.columns, row.values)
    if last and last.shape == now then
      local params = {}
      for _, value in ipairs(row.values) do
        if not is_sql(value) then params[#params + 1] = value end
      end
      for _, value in ipairs(last.tail) do params[#params + 1] = value end
      last.batch[#last.batch + 1] = params
    else
      local text, params = insert_statement(d, o, row.columns, row.values, nil)
      local own = 0
      for _, value in ipairs(row.values) do own = own + (is_sql(value) and 0 or 1) end
      last = { shape = now, batch = { params }, tail = table.move(params, own + 1, #params, 1, {}) }
      list[#list + 1] = { sql = text, batch = last.batch, counts = true }
    end
  end
  return list
end

function compile.copy_from(d, o, env)
  return d.compile.insert(d, require("curlew.op.copy_from").inserted(o), env)
end

function compile.execute(_d, o)
  return { { sql = o.sql, raw = o.params ~= nil or nil, params = o.params, counts = true } }
end

return M
