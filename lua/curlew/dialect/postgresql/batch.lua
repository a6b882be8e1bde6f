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

M.methods.batch_loops = true

--- A DO block, which may commit as long as no transaction is open around it.
function methods.batch_script(d, plan, record)
  local names = { L = "low_", H = "high_", E = "end_" }
  local declared, lists = {}, { L = {}, H = {}, E = {} }
  for i, name in ipairs(plan.walk_names) do
    for letter, prefix in pairs(names) do lists[letter][i] = prefix .. i end
    declared[i] = ("%s %s.%s%%TYPE; %s %s.%s%%TYPE; %s %s.%s%%TYPE;"):format("low_" .. i, plan.table, d:quote(name),
      "high_" .. i, plan.table, d:quote(name), "end_" .. i, plan.table, d:quote(name))
  end
  local function list(letter) return table.concat(lists[letter], ", ") end
  local function text(template) return d:batch_variables(template, names, plan.user or "", record.tuning.batch_size - 1) end
  local function into(template, letter)
    return (text(template):gsub(" FROM ", function() return (" INTO %s FROM "):format(list(letter)) end, 1))
  end
  local body = ([[
DO $curlew$
DECLARE
  %s
BEGIN
  %s;
  WHILE end_1 IS NOT NULL LOOP
    IF low_1 IS NULL THEN
      %s;
    ELSE
      %s;
    END IF;
    IF high_1 IS NULL THEN %s END IF;
    IF low_1 IS NULL THEN
      %s;
    ELSE
      %s;
    END IF;
    COMMIT;
    EXIT WHEN (%s) = (%s);
    %s
  END LOOP;
END $curlew$]])
  local function assign(to, from)
    local parts = {}
    for i in ipairs(lists[to]) do parts[i] = ("%s := %s;"):format(lists[to][i], lists[from][i]) end
    return table.concat(parts, " ")
  end
  return { { sql = body:format(table.concat(declared, "\n  "), into(plan.last, "E"), into(plan.bound[1], "H"),
    into(plan.bound[2], "H"), assign("H", "E"), text(plan.work[1]), text(plan.work[2]), list "H", list "E",
    assign("L", "H")), autocommit = true } }
end

return M
