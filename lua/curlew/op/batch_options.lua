--- What batch_update, batch_delete and batch_each share: their options, what identifies them, and the way to
--- the engine in C.

local check = require "curlew.op.check"
local errors = require "curlew.op.errors"
local inspect = require "curlew.inspect"
local marks = require "curlew.op.marks"
local suggest = require "curlew.suggest"

local M = {}

local UNITS = { ms = 0.001, s = 1, m = 60, h = 3600 }

--- "500ms", "2s", "1m" or a number of seconds, as milliseconds.
local function milliseconds(value)
  if type(value) == "number" then return value >= 0 and math.floor(value * 1000 + 0.5) or nil end
  if type(value) ~= "string" then return nil end
  local number, unit = value:match("^%s*(%d+%.?%d*)%s*(%a*)%s*$")
  local factor = unit and (unit == "" and 1 or UNITS[unit])
  return factor and math.floor(tonumber(number) * factor * 1000 + 0.5) or nil
end

check.kind("duration", "a duration such as \"500ms\", or seconds", milliseconds)
check.kind("duration_or_false", "a duration such as \"500ms\", or false", function(value)
  if value == false then return 0 end
  local ms = milliseconds(value)
  return ms and ms > 0 and ms or nil
end)
check.kind("count", "a whole number of at least 1", function(value)
  local number = math.tointeger(value)
  return number and number >= 1 and number or nil
end)
check.kind("texts", "text or a list of texts", function(value)
  if type(value) == "string" then return { value } end
  if type(value) ~= "table" or #value == 0 then return nil end
  for _, item in ipairs(value) do if type(item) ~= "string" then return nil end end
  return value
end)
check.kind("retries", "a whole number of at least 0", function(value)
  local number = math.tointeger(value)
  return number and number >= 0 and number or nil
end)
check.kind("share", "a number above 0 and at most 1", function(value)
  return type(value) == "number" and value > 0 and value <= 1 and value or nil
end)
check.kind("on_error", "\"fail\" or \"skip\"", function(value)
  if value == "fail" or value == "skip" then return value end
  if type(value) == "string" then return nil, errors.show(value) .. suggest.hint(value, { "fail", "skip" }) end
end)
check.kind("batch_where", "SQL text or op.sql", function(value, context)
  if value == marks.all then return false end
  if marks.is_sql(value) then value = value.sql end
  if type(value) == "table" then context:fail("where must be SQL text; write %s", '"status = :s", params = { s = 1 }') end
  if type(value) ~= "string" or not value:find("%S") then return nil end
  return value
end)
check.kind("throttle", "a function", function(value) return type(value) == "function" and value or nil end)
check.kind("batch_function", "a function", function(value) return type(value) == "function" and value or nil end)
check.kind("batch_options", "a table of options", function(value)
  return type(value) == "table" and getmetatable(value) == nil and value or nil
end)
check.kind("batch_set", "a table of SQL expressions by column, or a function of the row", function(value)
  if type(value) == "function" then return value end
  if type(value) ~= "table" or next(value) == nil then return nil end
  return value
end)

M.WHERE = {
  { "where", "batch_where", doc = "Which rows: SQL text" },
  { "params", "table", doc = "Values of the :names (or a list for the ?s) in where and set", lazy = true },
  { "key", "names", doc = "The key to walk by; else the primary key, else a unique key of NOT NULL columns" },
}
M.COLUMNS = { { "columns", "names", doc = "Columns that the function reads, the key aside" } }
M.TUNING = {
  { "batch_size", "count", doc = "Rows in the first batch (1000)" },
  { "min_batch_size", "count", doc = "The fewest rows in a batch (10)" },
  { "max_batch_size", "count", doc = "The most rows in a batch (100000)" },
  { "target", "duration_or_false", doc = "How long a batch should take (\"500ms\"); false: its size stays" },
  { "pause", "duration", doc = "Wait after each batch (\"0s\")" },
  { "duty", "share", doc = "Share of the time spent working (1.0)" },
  { "max_lag", "duration_or_false", doc = "Wait while a replica is further behind (\"5s\"); false: look at none" },
  { "replicas", "texts", doc = "URLs of the replicas; else those that the primary knows of" },
  { "workers", "count", doc = "Connections side by side, each on ranges of its own (1)" },
  { "throttle", "throttle", doc = "Called with what was done; gives seconds to wait, or false to go on" },
  { "retries", "retries", doc = "How often a batch that met a deadlock or time-out is tried again (10)" },
  { "on_error", "on_error", doc = "\"fail\", or \"skip\" to pass over and record rows that can't be changed" },
  { "name", "text", doc = "What people call it" },
}

function M.options(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, spec in ipairs(list) do all[#all + 1] = spec end
  end
  return all
end

--- Names of tuning options: no part of what a backfill is.
local TUNING = {}
for _, spec in ipairs(M.TUNING) do TUNING[spec[1]] = true end

--- Moves the tuning out of the record's own fields and checks what hangs together.
function M.normalise(record, context)
  local tuning = {}
  for name in pairs(TUNING) do
    tuning[name] = record[name]
    record[name] = nil
  end
  if record.where == false then record.where = nil end
  local least, most = tuning.min_batch_size or 10, tuning.max_batch_size or 100000
  local first = tuning.batch_size or math.max(least, math.min(1000, most))
  if tuning.batch_size then
    if not tuning.min_batch_size then least = math.min(least, first) end
    if not tuning.max_batch_size then most = math.max(most, first) end
  elseif not tuning.min_batch_size then
    least = math.min(least, most)
  elseif not tuning.max_batch_size then
    most = math.max(most, least)
  end
  if least > first or first > most then
    context:fail("min_batch_size <= batch_size <= max_batch_size does not hold: %d, %d, %d", least, first, most)
  end
  tuning.batch_size, tuning.min_batch_size, tuning.max_batch_size = first, least, most
  record.tuning = tuning
  return record
end

--- A function's text without white space that means nothing: what identifies it across runs.
---@param fn function
---@return string
function M.source(fn)
  local info = debug.getinfo(fn, "S")
  local file = info.source:sub(1, 1) == "@" and io.open(info.source:sub(2))
  if not file then return ("function:%d-%d"):format(info.linedefined, info.lastlinedefined) end
  local lines, number = {}, 0
  for line in file:lines() do
    number = number + 1
    if number > info.lastlinedefined then break end
    if number >= info.linedefined then lines[#lines + 1] = line end
  end
  file:close()
  if #lines == 0 then return "function" end
  lines[1] = lines[1]:match("function.*$") or lines[1]
  lines[#lines] = lines[#lines]:match("^.*%f[%w_]end%f[^%w_]") or lines[#lines]
  local text = {}
  for _, line in ipairs(lines) do
    line = line:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
    if line ~= "" then text[#text + 1] = line end
  end
  return table.concat(text, "\n")
end

--- What identifies a backfill: its table, key, WHERE, columns and what it does, never its tuning.
function M.digest(record)
  local set = record.set
  if type(set) == "function" then
    set = M.source(set)
  elseif set then
    set = {}
    for column, value in pairs(record.set) do set[column] = marks.is_sql(value) and value.sql or "?" end
  end
  return {
    op = record.op, table = record.table, schema = record.schema, key = record.key, where = record.where,
    columns = record.columns, set = set, fn = record.fn and M.source(record.fn) or nil,
  }
end

function M.journal(record)
  local kept = M.digest(record)
  if type(record.set) == "function" then kept.set = "function" end
  kept.fn = nil
  return kept
end

-- The key -----------------------------------------------------------------------------------------

local function by_lower(columns)
  local map = {}
  for _, column in ipairs(columns) do map[column.name:lower()] = column end
  return map
end

local function never_null(names, columns)
  for _, name in ipairs(names) do
    local column = columns[name:lower()]
    if not column or column.nullable then return false end
  end
  return true
end

local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do if a[i]:lower() ~= b[i]:lower() then return false end end
  return true
end

--- All keys of a table whose columns are never NULL, the primary key first.
local function keys_of(inspector, record, columns)
  local at = { schema = record.schema }
  local list = {}
  local primary = inspector:primary_key(record.table, at)
  if primary then list[1] = primary.columns end
  local function add(names)
    for _, name in ipairs(names) do if type(name) ~= "string" then return end end
    if #names > 0 and never_null(names, columns) then list[#list + 1] = names end
  end
  for _, unique in ipairs(inspector:unique_constraints(record.table, at)) do add(unique.columns) end
  for _, index in ipairs(inspector:indexes(record.table, at)) do
    if index.unique and not index.where then add(index.columns) end
  end
  return list
end

local function column_or_fail(columns, name, record, what)
  local column = columns[name:lower()]
  if column then return column end
  local names = {}
  for _, known in pairs(columns) do names[#names + 1] = known.name end
  table.sort(names)
  errors.usage("op.%s: %s has no column %s (%s)%s", record.op, record.table, errors.show(name), what,
    suggest.hint(name, names))
end

--- Reads the catalog: { columns by lower-case name, walk = names, ident = names of a unique key or nil }.
---@param record table
---@param env table { dialect, conn }
---@return table
function M.look(record, env)
  local inspector = inspect.new(env.conn, env.dialect)
  local list = inspector:columns(record.table, { schema = record.schema })
  if #list == 0 then
    errors.usage("op.%s: there is no table %s", record.op, record.schema and record.schema .. "." .. record.table
      or record.table)
  end
  local columns = by_lower(list)
  local keys = keys_of(inspector, record, columns)
  local walk, ident = keys[1], keys[1]
  if record.key then
    walk = {}
    for i, name in ipairs(record.key) do walk[i] = column_or_fail(columns, name, record, "key").name end
    for _, key in ipairs(keys) do
      if same(key, walk) then ident = walk end
    end
  elseif not walk then
    errors.usage("op.%s: %s has neither a primary key nor a unique key of NOT NULL columns to walk by; name one "
      .. "with key = { ... }", record.op, record.table)
  end
  local look = { columns = columns, list = list, walk = walk, ident = ident, find = function(name, what)
    return column_or_fail(columns, name, record, what)
  end }
  env.dialect:batch_look(record, look, env.conn)
  return look
end

--- Runs a backfill through the engine.
---@param record table
---@param host table
---@param fn function? of a row, or of a batch of rows
function M.run(record, host, fn)
  if host.context().offline then
    if fn then
      errors.at_caller(errors.offline, "op.%s: a Lua function can't be written down as SQL; run it online, or test "
        .. "ctx.offline", record.op)
    end
    host.step(record)
    return { rows = 0, batches = 0, skipped = 0, seconds = 0.0 }
  end
  return host.backfill(record, fn, record.tuning)
end

--- Asked by the engine when it begins: the statements of a record, see dialect/base/batch.lua.
---@param record table
---@param env { dialect: curlew.Dialect, conn: table }
---@return table
function M.plan(record, env)
  return env.dialect:batch_plan(record, M.look(record, env))
end

return M
