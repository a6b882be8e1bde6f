--- Columns: their definition in CREATE TABLE and ADD COLUMN, and the operations on one column.

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

--- DEFAULT's text: a literal or an expression.
---@param d curlew.Dialect
---@param default table { value = } or { sql = }
---@param _column table?
---@return string
function methods.default(d, default, _column)
  return default.sql or d:literal(default.value)
end

--- GENERATED ALWAYS AS (...).
function methods.computed(_d, computed)
  return ("GENERATED ALWAYS AS (%s)%s"):format(computed.sql,
    computed.persisted and " STORED" or computed.persisted == false and " VIRTUAL" or "")
end

--- A column's definition: name, type and what follows, in the order all servers take.
---@param d curlew.Dialect
---@param c curlew.Column
---@param o table the record it stands in
---@return string
function methods.column(d, c, o)
  local parts = { d:quote(c.name), d:type(c.type, c) }
  local function add(text) if text and text ~= "" then parts[#parts + 1] = text end end
  add(c.collation and "COLLATE " .. d:collation(c.collation))
  add(c.computed and d:computed(c.computed))
  add(d:numbered(c, o))
  add(c.default and "DEFAULT " .. d:default(c.default, c))
  add(d:nullability(c, o))
  add(d:inline_comment(c))
  return table.concat(parts, " ")
end

function methods.collation(d, name) return d:quote(name) end

--- What makes the server number the rows.
function methods.numbered(_d, _c, _o) return nil end

function methods.nullability(_d, c, _o) return not c.nullable and "NOT NULL" or nil end

--- COMMENT '...' where a definition takes one.
function methods.inline_comment(_d, _c) return nil end

--- Statements that a column needs besides its definition: a type before, a comment after.
function methods.before_columns(_d, _columns, _env) return {} end
function methods.after_columns(_d, _o, _columns) return {} end

--- Where a column that is added comes; at the end, if nothing says so.
---@param d curlew.Dialect
---@param o { after: string?, first: boolean? }
---@return string
function methods.position(d, o)
  if o.after or o.first then
    d:refuse(o.first and "first = true" or ("after = %q"):format(o.after), "leave it out: a column is added at the end")
  end
  return ""
end

--- The ADD clauses of an add_column: the column, then its constraints.
---@return string[]
function methods.add_clauses(d, o)
  local clauses = { "ADD COLUMN " .. d:column(o.column, o) .. d:position(o) }
  for _, constraint in ipairs(o.constraints) do clauses[#clauses + 1] = "ADD " .. d:constraint(constraint, o) end
  return clauses
end

--- ALTER TABLE with its clauses; those of one table that follow each other can become one statement.
---@param d curlew.Dialect
---@param o table { table =, schema = }
---@param clauses string[]
---@return table statement
function methods.alter_table(d, o, clauses)
  local name = d:qualified(o.schema, o.table)
  return d:ddl(("ALTER TABLE %s %s"):format(name, table.concat(clauses, ", ")), { alters = name, clauses = clauses })
end

function compile.add_column(d, o, env)
  local list = d:before_columns({ o.column }, env)
  list[#list + 1] = d:alter_table(o, d:add_clauses(o))
  table.move(d:after_columns(o, { o.column }), 1, 9, #list + 1, list)
  for _, index in ipairs(o.indexes) do list[#list + 1] = d:ddl(d:create_index(index, o)) end
  return d:guarded(o, env, "column", o.column.name, list)
end

function compile.drop_column(d, o, env)
  return d:guarded(o, env, "column", o.column, { d:alter_table(o, { "DROP COLUMN " .. d:quote(o.column) }) })
end

return M
