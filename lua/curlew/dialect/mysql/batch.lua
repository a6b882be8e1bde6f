--- Backfills on MySQL and MariaDB: values written back by joining the table to a JSON document, the document
--- first (the other order reads the table once a row), and ranges of composite keys as a ladder of ORs with a
--- bound on the first column, since (a, b) > (?, ?) is not walked by an index.

local errors = require "curlew.op.errors"
local mark = require("curlew.dialect.base.batch").mark

local M = { methods = {} }
local methods = M.methods

function methods.batch_compare(_d, names, operator, letter)
  if #names == 1 then return ("%s %s %s"):format(names[1], operator, mark(letter, 1)) end
  local strict, steps = operator:sub(1, 1), {}
  for i = 1, #names do
    local parts = {}
    for k = 1, i - 1 do parts[k] = ("%s = %s"):format(names[k], mark(letter, k)) end
    parts[i] = ("%s %s %s"):format(names[i], i == #names and operator or strict, mark(letter, i))
    steps[i] = "(" .. table.concat(parts, " AND ") .. ")"
  end
  return ("%s %s= %s AND (%s)"):format(names[1], strict, mark(letter, 1), table.concat(steps, " OR "))
end

function methods.batch_lock() return " FOR UPDATE" end

function methods.batch_estimate(d, _qualified, record)
  return ("SELECT CAST(TABLE_ROWS AS SIGNED) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s")
    :format(record.schema and d:literal(record.schema) or "DATABASE()", d:literal(record.table))
end

local function type_text(column) return tostring(column.type):lower() end

local function is_binary(text) return text:find("blob") or text:find("binary") end

--- A column of the JSON document: its declaration there, how the engine writes it, and how it is read.
--- Keys are declared as what they are compared with, else no index is walked.
local function json_column(label, n, column, is_key, d)
  local text = type_text(column)
  local path = ("PATH '$[%d]' ERROR ON ERROR"):format(n - 1)
  if is_binary(text) then
    return ("%s LONGTEXT CHARACTER SET ascii %s"):format(label, path), "x", ("UNHEX(v.%s)"):format(label)
  end
  if text:find("^%l*int") then
    return ("%s %s %s"):format(label, text:find("unsigned") and "BIGINT UNSIGNED" or "BIGINT", path), "t", "v." .. label
  end
  if is_key then
    if text == "uuid" or text:find("^inet") then text = "char(45)" end
    local length = text:match("char%((%d+)%)")
    local kind = length and ("VARCHAR(%s)"):format(length) or text:find("text") and "LONGTEXT" or text
    local collation = column.full_collation
    if (length or kind == "LONGTEXT") and collation then
      kind = ("%s CHARACTER SET %s COLLATE %s"):format(kind, collation:match("^[^_]+"), d:collation(collation))
    end
    return ("%s %s %s"):format(label, kind, path), "t", "v." .. label
  end
  return ("%s LONGTEXT CHARACTER SET utf8mb4 %s"):format(label, path), "t", "v." .. label
end

function methods.batch_writer(d, plan, columns)
  local declared, sets, keys, encode, n = {}, {}, {}, {}, 0
  local function add(column, label, is_key)
    n = n + 1
    local read
    declared[n], encode[n], read = json_column(label, n, column, is_key, d)
    return read
  end
  for i, column in ipairs(columns) do
    sets[i] = ("t.%s = %s"):format(d:quote(column.name), add(column, "c" .. i, false))
  end
  for i, name in ipairs(plan.ident) do
    keys[i] = ("t.%s = %s"):format(d:quote(name), add(plan.columns[name:lower()], "k" .. i, true))
  end
  local text = ("UPDATE JSON_TABLE(%s, '$[*]' COLUMNS (%s)) AS v STRAIGHT_JOIN %s AS t ON %s SET %s"):format(mark("C", 1),
    table.concat(declared, ", "), plan.qualified, table.concat(keys, " AND "), table.concat(sets, ", "))
  return { kind = "json", encode = table.concat(encode), sql = { text, text } }
end

--- Completes what is known of the table: the collation that each column really has. Refuses keys whose order
--- is not that of their comparison with a bound value.
function methods.batch_look(_d, record, look, conn)
  local schema = record.schema and "?" or "DATABASE()"
  for _, row in ipairs(conn:all(("SELECT COLUMN_NAME AS name, COLLATION_NAME AS collation FROM information_schema.COLUMNS "
    .. "WHERE TABLE_NAME = ? AND TABLE_SCHEMA = %s"):format(schema), { record.table, record.schema })) do
    local column = look.columns[row.name:lower()]
    if column then column.full_collation = row.collation end
  end
  for _, name in ipairs(look.walk) do
    local text = type_text(look.columns[name:lower()])
    if text:find("^enum") or text:find("^set%(") or text:find("^bit") or text == "json" then
      errors.usage("op.%s: %s is %s, which can't be walked by here; name another key with key = { ... }", record.op, name,
        text)
    end
  end
end

M.methods.batch_loops = true

--- A procedure that is called and dropped. Its variables are the session's, which take the column's type and
--- collation with the value.
function methods.batch_script(d, plan, record)
  local names = { L = "@curlew_low_", H = "@curlew_high_", E = "@curlew_end_" }
  local lists = { L = {}, H = {}, E = {} }
  for i in ipairs(plan.walk_names) do
    for letter, prefix in pairs(names) do lists[letter][i] = prefix .. i end
  end
  local function list(letter) return table.concat(lists[letter], ", ") end
  local function text(template) return d:batch_variables(template, names, plan.user or "", record.tuning.batch_size - 1) end
  local function into(template, letter) return text(template) .. " INTO " .. list(letter) end
  local function assign(to, from)
    local parts = {}
    for i in ipairs(lists[to]) do parts[i] = ("%s = %s"):format(lists[to][i], from and lists[from][i] or "NULL") end
    return "SET " .. table.concat(parts, ", ")
  end
  local body = ([[
CREATE PROCEDURE curlew_backfill() BEGIN
  %s;
  %s;
  %s;
  walk: WHILE @curlew_end_1 IS NOT NULL DO
    %s;
    IF @curlew_low_1 IS NULL THEN
      %s;
    ELSE
      %s;
    END IF;
    IF @curlew_high_1 IS NULL THEN %s; END IF;
    IF @curlew_low_1 IS NULL THEN
      %s;
    ELSE
      %s;
    END IF;
    COMMIT;
    IF (%s) = (%s) THEN LEAVE walk; END IF;
    %s;
  END WHILE;
END]])
  return {
    d:ddl "DROP PROCEDURE IF EXISTS curlew_backfill",
    d:ddl(body:format(assign("L"), assign("E"), into(plan.last, "E"), assign("H"), into(plan.bound[1], "H"),
      into(plan.bound[2], "H"), assign("H", "E"), text(plan.work[1]), text(plan.work[2]), list "H", list "E",
      assign("L", "H"))),
    { sql = "CALL curlew_backfill()", autocommit = true },
    d:ddl "DROP PROCEDURE curlew_backfill",
  }
end

return M
