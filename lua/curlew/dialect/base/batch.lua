--- The statements of a backfill. They are templates: "\1L2;" stands for the second value of the lower bound,
--- "\1H1;" for the upper one, "\1E1;" for the fixed end, "\1N;" for the number of rows to pass over, "\1C3;" for
--- a column of what is written, and "\1U;" for the user's own SQL. The engine puts placeholders there.
---
--- Ranges are open below and closed above; the first one has no lower bound, so most statements come in
--- pairs: without it, and with it.

local errors = require "curlew.op.errors"
local marks = require "curlew.op.marks"

local M = { methods = {} }
local methods = M.methods

local function mark(letter, i) return ("\1%s%s;"):format(letter, i or "") end

--- Key columns as the engine's statements name them.
local function key_names(d, names)
  local quoted = {}
  for i, name in ipairs(names) do quoted[i] = d:quote(name) end
  return quoted
end

--- "(a, b) > (?, ?)": where the server walks an index for it.
function methods.batch_compare(_d, names, operator, letter)
  local places = {}
  for i in ipairs(names) do places[i] = mark(letter, i) end
  if #names == 1 then return ("%s %s %s"):format(names[1], operator, places[1]) end
  return ("(%s) %s (%s)"):format(table.concat(names, ", "), operator, table.concat(places, ", "))
end

--- What else has to be known of a table, and which keys can't be walked by.
function methods.batch_look(_d, _record, _look, _conn) end

--- What keeps the rows of a batch as they were read until it commits.
function methods.batch_lock(_d) return "" end

--- An estimate of how many rows a table has.
function methods.batch_estimate(_d, qualified) return "SELECT count(*) FROM " .. qualified end

--- How the columns that a function gave are written: { kind =, encode =, sql = { without, with lower bound } }.
function methods.batch_writer(d, plan, columns)
  local sets, key, n = {}, {}, 0
  for _, column in ipairs(columns) do
    n = n + 1
    sets[#sets + 1] = ("%s = %s"):format(d:quote(column.name), mark("C", n))
  end
  for _, name in ipairs(plan.ident) do
    n = n + 1
    key[#key + 1] = ("%s = %s"):format(d:quote(name), mark("C", n))
  end
  local text = ("UPDATE %s SET %s WHERE %s"):format(plan.qualified, table.concat(sets, ", "), table.concat(key, " AND "))
  return { kind = "sets", encode = ("t"):rep(n), sql = { text, text } }
end

--- "SET a = ..., b = ...": literals are written out, expressions stand as they are.
local function set_clause(d, record, look)
  local columns = {}
  for column in pairs(record.set) do columns[#columns + 1] = column end
  table.sort(columns)
  local parts = {}
  for i, column in ipairs(columns) do
    local found = look.find(column, "set")
    for _, key in ipairs(look.walk) do
      if key:lower() == column:lower() then
        errors.usage("op.%s: %s belongs to the key that is walked by, so it can't be changed; walk by another key with "
          .. "key = { ... }", record.op, errors.show(column))
      end
    end
    local value = record.set[column]
    parts[i] = ("%s = %s"):format(d:quote(found.name), marks.is_sql(value) and value.sql or d:literal(value))
  end
  return " SET " .. table.concat(parts, ", ")
end

local function range(d, names, with_low, upper)
  local low = with_low and d:batch_compare(names, ">", "L") .. " AND " or ""
  return low .. d:batch_compare(names, "<=", upper)
end

local function both(make) return { make(false), make(true) } end

--- The user's condition in parentheses, which a comment at its end must not swallow.
local function parenthesised(where)
  return (where:find("--", 1, true) or where:find("#", 1, true)) and ("(%s\n)"):format(where) or ("(%s)"):format(where)
end

--- The user's condition in front of the range, in parentheses.
local function condition(record) return record.where and "\1U; AND " or "" end

local function title(record)
  if record.tuning.name then return record.tuning.name end
  local columns = {}
  if type(record.set) == "table" then
    for column in pairs(record.set) do columns[#columns + 1] = column end
    table.sort(columns)
  else
    columns = record.columns or columns
  end
  return record.table .. (#columns > 0 and "." .. table.concat(columns, ",") or "")
end

--- Columns to read: the walk's key, the identifying key and what the function asked for, each once.
local function selected(record, look)
  local names, at = {}, {}
  local function add(name)
    local found = look.find(name, "columns").name
    if not at[found:lower()] then
      names[#names + 1] = found
      at[found:lower()] = #names
    end
    return at[found:lower()]
  end
  for _, name in ipairs(look.walk) do add(name) end
  local ident = {}
  for i, name in ipairs(look.ident or {}) do ident[i] = add(name) end
  for _, name in ipairs(record.columns) do add(name) end
  return names, ident
end

--- The whole plan of a backfill.
---@param record table
---@param look table see op/batch_options.lua
---@return table
function methods.batch_plan(d, record, look)
  local table_name = d:qualified(record.schema, record.table)
  local names = key_names(d, look.walk)
  local list = table.concat(names, ", ")
  local down = table.concat(names, " DESC, ") .. " DESC"
  local nulls = {}
  for _, name in ipairs(look.walk) do
    if look.columns[name:lower()].nullable or d.batch_null_keys then nulls[#nulls + 1] = d:quote(name) .. " IS NULL" end
  end
  local plan = {
    title = title(record), table = table_name, qualified = table_name, walk = table.concat(look.walk, ", "),
    walk_names = look.walk, nkeys = #look.walk, ident = look.ident,
    nulls = #nulls > 0 and ("SELECT 1 FROM %s WHERE %s LIMIT 1"):format(table_name, table.concat(nulls, " OR ")) or nil,
    unique = look.ident ~= nil and table.concat(look.ident, "\0") == table.concat(look.walk, "\0"),
    first = ("SELECT %s FROM %s ORDER BY %s LIMIT 1"):format(list, table_name, list),
    last = ("SELECT %s FROM %s ORDER BY %s LIMIT 1"):format(list, table_name, down),
    tail = ("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT 1"):format(list, table_name,
      d:batch_compare(names, ">", "E"), down),
    estimate = d:batch_estimate(table_name, record), one_writer = d.batch_one_writer,
    bound = both(function(low)
      return ("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT 1 OFFSET %s"):format(list, table_name,
        range(d, names, low, "E"), list, mark "N")
    end),
  }
  if record.op == "batch_delete" then
    plan.kind = "delete"
    plan.user = record.where and parenthesised(record.where)
    plan.work = both(function(low)
      return ("DELETE FROM %s WHERE %s%s"):format(table_name, condition(record), range(d, names, low, "H"))
    end)
  elseif type(record.set) == "table" then
    plan.kind = "update"
    plan.user = set_clause(d, record, look) .. (record.where and " WHERE " .. parenthesised(record.where) or "")
    plan.work = both(function(low)
      return ("UPDATE %s\1U;%s%s"):format(table_name, record.where and " AND " or " WHERE ", range(d, names, low, "H"))
    end)
  else
    plan.kind = record.op == "batch_each" and "each" or "map"
    if plan.kind == "map" and not look.ident then
      errors.usage("op.%s: %s has no primary key or unique key of NOT NULL columns, so the rows that a function gave "
        .. "values for can't be found again", record.op, record.table)
    end
    plan.user = record.where and parenthesised(record.where)
    local columns, at = selected(record, look)
    local quoted = key_names(d, columns)
    plan.ident_at = at
    plan.work = both(function(low)
      return ("SELECT %s FROM %s WHERE %s%s ORDER BY %s%s"):format(table.concat(quoted, ", "), table_name,
        condition(record), range(d, names, low, "H"), list, d:batch_lock())
    end)
    plan.writer = function(written)
      local found = {}
      for i, name in ipairs(written) do
        found[i] = look.find(name, "what the function returned")
        for _, key in ipairs(look.walk) do
          if key:lower() == name:lower() then
            errors.usage("op.%s: the function returned %s, which belongs to the key that is walked by", record.op,
              errors.show(name))
          end
        end
      end
      return d:batch_writer({ qualified = table_name, ident = look.ident, walk = look.walk, columns = look.columns,
        names = names }, found)
    end
  end
  return plan
end

M.mark = mark

return M
