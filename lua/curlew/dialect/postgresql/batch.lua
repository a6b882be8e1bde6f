--- Backfills on PostgreSQL: rows locked against other writers but not against foreign-key checks, values
--- written back by one UPDATE from arrays, its range bound by the key so that no plan walks the whole table.

local mark = require("curlew.dialect.base.batch").mark

local M = { methods = {} }
local methods = M.methods

function methods.batch_lock() return " FOR NO KEY UPDATE" end

function methods.batch_estimate(d, _qualified, record)
  return ("SELECT greatest(reltuples, 0)::bigint FROM pg_catalog.pg_class WHERE oid = %s::regclass")
    :format(d:literal(d:qualified(record.schema, record.table)))
end

--- The type of an array's elements that keeps every value as it is: lengths are left to the assignment,
--- which complains where a cast would cut.
local function element_type(column)
  local text = tostring(column.type)
  if text:find("%[%]$") then return "text", text end
  if text:find("^character%(") or text == "character" then return "bpchar" end
  if text:find("^bit%(") or text == "bit" then return "varbit" end
  return (text:gsub("%s*%b()", ""))
end

function methods.batch_writer(d, plan, columns)
  local arrays, names, sets, keys, encode = {}, {}, {}, {}, {}
  local function add(column, label)
    local kind, whole = element_type(column)
    local n = #arrays + 1
    arrays[n] = ("%s::%s[]"):format(mark("C", n), kind)
    names[n] = label
    encode[n] = kind == "bytea" and "x" or "t"
    return whole and ("v.%s::%s"):format(label, whole) or "v." .. label
  end
  for i, column in ipairs(columns) do
    sets[i] = ("%s = %s"):format(d:quote(column.name), add(column, "c" .. i))
  end
  for i, name in ipairs(plan.ident) do
    keys[i] = ("t.%s = %s"):format(d:quote(name), add(plan.columns[name:lower()], "k" .. i))
  end
  local walk = {}
  for i, name in ipairs(plan.names) do walk[i] = "t." .. name end
  local function text(low)
    return ("UPDATE %s AS t SET %s FROM unnest(%s) AS v(%s) WHERE %s AND %s%s"):format(plan.qualified,
      table.concat(sets, ", "), table.concat(arrays, ", "), table.concat(names, ", "), table.concat(keys, " AND "),
      low and d:batch_compare(walk, ">", "L") .. " AND " or "", d:batch_compare(walk, "<=", "H"))
  end
  return { kind = "arrays", encode = table.concat(encode), sql = { text(false), text(true) } }
end

return M
