--- Indexes: CREATE INDEX, DROP INDEX.

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

--- One column or expression of an index.
---@param d curlew.Dialect
---@param item string|table
---@param index table
---@return string
function methods.index_item(d, item, index)
  if type(item) == "table" then return d:index_expression(item.sql) end
  local class = index.ops and index.ops[item]
  return d:quote(item) .. (class and " " .. d:operator_class(class) or "")
end

--- An expression in an index, in parentheses where the server wants them.
function methods.index_expression(_d, text) return text end

function methods.operator_class(d) d:refuse("ops (operator classes)", "leave it out, or use op.by_dialect") end

function methods.index_items(d, index)
  local items = {}
  for i, item in ipairs(index.columns) do items[i] = d:index_item(item, index) end
  return table.concat(items, ", ")
end

--- The text of CREATE INDEX.
---@param d curlew.Dialect
---@param index table
---@param o table { table =, schema = }
---@param how table? { if_not_exists =, concurrently = }
---@return string
function methods.create_index(d, index, o, how)
  d:check_index(index)
  how = how or {}
  return ("CREATE %sINDEX %s%s%s ON %s%s (%s)%s"):format(d:index_kind(index),
    how.concurrently and "CONCURRENTLY " or "", how.if_not_exists and "IF NOT EXISTS " or "",
    d:index_name(index, o), d:index_table(o), d:index_method(index), d:index_items(index),
    d:index_suffix(index))
end

function methods.index_kind(_d, index) return index.unique and "UNIQUE " or "" end
function methods.index_name(d, index, _o) return d:quote(index.name) end
function methods.index_table(d, o) return d:qualified(o.schema, o.table) end
function methods.index_method(d, index) return index.using and " USING " .. d:quote(index.using) or "" end

function methods.index_suffix(d, index)
  return (index.include and " " .. d:include(index.include) or "")
    .. (index.nulls_not_distinct and " " .. d:nulls_not_distinct() or "")
    .. (index.where and " WHERE " .. d:index_where(index.where) or "")
end

function methods.index_where(_d, where) return where end

--- Refuses what this server's indexes lack.
function methods.check_index(_d, _index) end

function compile.create_index(d, o)
  return { d:ddl(d:create_index(o, o, { if_not_exists = o.if_not_exists })) }
end

function compile.drop_index(d, o)
  return { d:ddl(("DROP INDEX %s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name))) }
end

return M
