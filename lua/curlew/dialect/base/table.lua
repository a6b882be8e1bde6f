--- Whole tables: create, drop, rename.

local errors = require "curlew.op.errors"
local inspect = require "curlew.inspect"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

--- An inspector on the live catalog, for options that the SQL lacks.
---@param d curlew.Dialect
---@param env table
---@param op string
---@param option string
---@return table
function methods.catalog(d, env, op, option)
  if env.shadow then return env.shadow:answers(op, option) end
  if not env.conn then
    errors.offline("op.%s: %s has to look into the catalog, which can't be read offline; leave it out, "
      .. "or test ctx.offline", op, option)
  end
  return inspect.new(env.conn, d)
end

function methods.table_exists(d, o, name, env, option)
  return d:catalog(env, o.op, option):has_table(name, { schema = o.schema })
end

--- What stands after the closing parenthesis.
function methods.table_suffix(_d, _o) return "" end

--- Whether indexes stand inside CREATE TABLE.
methods.inline_indexes = false

--- Text of the definitions inside CREATE TABLE, one a line.
function methods.table_lines(d, o)
  local lines = {}
  for _, c in ipairs(o.columns) do lines[#lines + 1] = d:column(c, o) end
  for _, constraint in ipairs(o.constraints) do
    if not d:is_inline(constraint, o) then lines[#lines + 1] = d:constraint(constraint, o) end
  end
  if d.inline_indexes then
    for _, index in ipairs(o.indexes) do lines[#lines + 1] = d:inline_index(index, o) end
  end
  return lines
end

--- Whether a constraint is part of a column's definition already.
function methods.is_inline(_d, _constraint, _o) return false end

function compile.create_table(d, o, env)
  if o.if_not_exists and env.conn and d:table_exists(o, o.table, env, "if_not_exists") then return {} end
  local list = d:before_columns(o.columns, env)
  list[#list + 1] = d:ddl(("CREATE %sTABLE %s%s (\n  %s\n)%s"):format(o.temporary and "TEMPORARY " or "",
    o.if_not_exists and "IF NOT EXISTS " or "", d:qualified(o.schema, o.table),
    table.concat(d:table_lines(o), ",\n  "), d:table_suffix(o)))
  if not d.inline_indexes then
    for _, index in ipairs(o.indexes) do
      list[#list + 1] = d:ddl(d:create_index(index, o, { if_not_exists = o.if_not_exists }))
    end
  end
  for _, statement in ipairs(d:after_columns(o, o.columns)) do list[#list + 1] = statement end
  return list
end

function compile.drop_table(d, o)
  return { d:ddl(("DROP TABLE %s%s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.table),
    d:cascade(o))) }
end

--- CASCADE, where DROP knows it.
function methods.cascade(_d, o) return o.cascade and " CASCADE" or "" end

function compile.rename_table(d, o)
  return { d:ddl(("ALTER TABLE %s RENAME TO %s"):format(d:qualified(o.schema, o.table), d:quote(o.new))) }
end

--- Statements that follow each other and alter the same table become one.
function compile.batch_alter_table(d, o, env)
  local list = {}
  for _, statement in ipairs(d:statements(o.records, env)) do
    local last = list[#list]
    if last and last.alters and last.alters == statement.alters then
      table.move(statement.clauses, 1, #statement.clauses, #last.clauses + 1, last.clauses)
      last.sql = ("ALTER TABLE %s %s"):format(last.alters, table.concat(last.clauses, ", "))
    else
      list[#list + 1] = statement
    end
  end
  return list
end

return M
