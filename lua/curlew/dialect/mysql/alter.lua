--- MySQL and MariaDB: changes of columns, constraints and indexes.

local definition = require "curlew.dialect.mysql.definition"
local errors = require "curlew.op.errors"
local null = require "curlew.null"
local reflect = require "curlew.dialect.mysql.reflect"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

--- SHOW CREATE TABLE's text.
local function show_create(d, o, env)
  local row = env.conn:first("SHOW CREATE TABLE " .. d:qualified(o.schema, o.table))
  return row[2]
end

--- The catalogs print characters beyond U+FFFF as question marks (MySQL some defaults as bytes). Where one may
--- stand for such a character, an empty copy of the column tells the values themselves.
local function mend(d, o, env, pieces)
  local kind, default = definition.get(pieces, "type"), definition.get(pieces, "default") or ""
  local list = kind:match("^enum%(") or kind:match("^set%(")
  local doubtful_type = list and kind:find("?", 1, true)
  local doubtful_default = default:match("^DEFAULT '.*%?.*'$") or list and default:match("^DEFAULT 0x")
  if not doubtful_type and not doubtful_default then return end
  local conn, copy, name = env.conn, "curlew_column_copy", d:quote(o.column)
  conn:execute(("CREATE TEMPORARY TABLE %s SELECT %s FROM %s LIMIT 0"):format(copy, name, d:qualified(o.schema, o.table)))
  if doubtful_default then
    conn:execute(("INSERT INTO %s () VALUES ()"):format(copy))
    definition.set(pieces, "default", "DEFAULT " .. d:string(conn:scalar(("SELECT %s FROM %s"):format(name, copy))))
  end
  if doubtful_type then
    local values = {}
    for i in ipairs(reflect.enum_values(kind)) do
      conn:execute(("DELETE FROM %s"):format(copy))
      conn:execute(("INSERT INTO %s VALUES (%d)"):format(copy, list == "enum(" and i or 1 << (i - 1)))
      values[i] = d:string(conn:scalar(("SELECT %s FROM %s"):format(name, copy)))
    end
    definition.set(pieces, "type", ("%s%s)%s"):format(list, table.concat(values, ","), kind:match("%)([^)]*)$")))
  end
  conn:execute("DROP TEMPORARY TABLE " .. copy)
end

local TEXTUAL = { varchar = true, char = true, text = true, enum = true, interval = true }

--- The pieces of a column that printed operations have made or changed.
local function shadow_pieces(d, o, parts, shadow)
  local found = shadow:column(parts, o.column)
  if not found then errors.usage("op.%s: table %s has no column %s", o.op, o.table, o.column) end
  local c = setmetatable({}, { __index = found })
  if found.type.text then c.type = { name = "raw", sql = found.type.text } end
  local pieces = definition.read(d:column(c, o):sub(#d:quote(found.name) + 2))
  if found.on_update then definition.set(pieces, "on_update", "ON UPDATE " .. found.on_update) end
  return pieces
end

--- The definition's pieces as they are now: from the server, offline from the operations before or the
--- script.
local function present_pieces(d, o, env)
  local shadow = env.shadow
  local parts = shadow and shadow:find(o.table, o.schema)
  if parts == false then errors.usage("op.%s: there is no table %s", o.op, o.table) end
  if parts and (shadow:changed(o.table, o.schema) or not env.conn) then return shadow_pieces(d, o, parts, shadow) end
  if env.conn and (parts or not shadow) then
    local text = definition.find(show_create(d, o, env), o.column)
    if not text then errors.usage("op.%s: table %s has no column %s", o.op, o.table, o.column) end
    local pieces = definition.read(text)
    mend(d, o, env, pieces)
    return pieces
  end
  local missing = {}
  if not (o.type or o.existing_type) then missing[#missing + 1] = "existing_type" end
  if o.nullable == nil and o.existing_nullable == nil then missing[#missing + 1] = "existing_nullable" end
  if o.server_default == nil and o.existing_server_default == nil then
    missing[#missing + 1] = "existing_server_default (op.null when there is none)"
  end
  if #missing > 0 then
    errors.offline("op.%s: %s writes the whole column anew, and offline it can't be read: add %s",
      o.op, d.title, table.concat(missing, ", "))
  end
  local c = { name = o.column, type = o.existing_type or o.type, nullable = o.existing_nullable ~= false,
    autoincrement = o.existing_autoincrement, collation = o.existing_collation,
    comment = o.existing_comment ~= null and o.existing_comment or nil,
    default = o.existing_server_default ~= null and o.existing_server_default or nil }
  local text = d:column(c, o)
  return definition.read(text:sub(#d:quote(o.column) + 2))
end

local function change_type(d, o, pieces)
  definition.set(pieces, "type", d:type(o.type))
  if not TEXTUAL[o.type.name] and o.type.name ~= "raw" then
    definition.set(pieces, "charset", nil)
    definition.set(pieces, "collate", nil)
  end
  if o.type.name == "raw" and o.type.sql:upper():find("CHARACTER SET", 1, true) then
    definition.set(pieces, "charset", nil)
    definition.set(pieces, "collate", nil)
  end
end

--- Applies what the record mentions.
local function change(d, o, pieces)
  if o.type then change_type(d, o, pieces) end
  if o.collation then
    definition.set(pieces, "charset", nil)
    definition.set(pieces, "collate", "COLLATE " .. d:collation(o.collation))
  end
  if o.nullable ~= nil then
    local generated = definition.get(pieces, "generated") ~= nil -- MariaDB has no NULL behind one
    definition.set(pieces, "null", not o.nullable and "NOT NULL" or not generated and "NULL" or nil)
    if not o.nullable and (definition.get(pieces, "default") or ""):upper() == "DEFAULT NULL" then
      definition.set(pieces, "default", nil)
    end
  end
  if o.server_default == null then
    definition.set(pieces, "default", nil)
  elseif o.server_default ~= nil then
    local column_type = o.type or o.existing_type or { name = (definition.get(pieces, "type") or ""):match("%a+$") }
    definition.set(pieces, "default", "DEFAULT " .. d:default(o.server_default, { type = column_type }))
  end
  if o.comment ~= nil then
    definition.set(pieces, "comment", o.comment ~= null and "COMMENT " .. d:string(o.comment) or nil)
  end
  if o.identity ~= nil and o.identity ~= null then d:numbered({ identity = o.identity }) end
  local numbered = o.autoincrement
  if o.identity ~= nil then numbered = o.identity ~= null end
  if numbered ~= nil then definition.set(pieces, "auto_increment", numbered and "AUTO_INCREMENT" or nil) end
  if o.computed ~= nil then
    definition.set(pieces, "stored", nil)
    definition.set(pieces, "generated", o.computed ~= null and d:computed(o.computed) or nil)
    if o.computed ~= null then definition.set(pieces, "default", nil) end
  end
end

--- A default alone has a statement that touches nothing else.
local function only(o, field)
  return #require("curlew.op.alter_column").changes(o) == 1 and o[field] ~= nil
end

--- The statement that writes a column anew with what the record mentions.
function M.alter_whole_column(d, o, env)
  local name, pieces = d:quote(o.column), present_pieces(d, o, env)
  change(d, o, pieces)
  local clauses = {}
  if o.new_column_name and o.new_column_name ~= o.column then
    clauses[1] = ("CHANGE COLUMN %s %s %s"):format(name, d:quote(o.new_column_name), definition.write(pieces))
  else
    clauses[1] = ("MODIFY COLUMN %s %s"):format(name, definition.write(pieces))
  end
  if o.identity ~= nil and o.identity ~= null and o.identity.start then
    clauses[2] = ("AUTO_INCREMENT = %d"):format(o.identity.start)
  end
  if o.enum_check then clauses[#clauses + 1] = "ADD " .. d:constraint(o.enum_check, o) end
  return { d:alter_table(o, clauses) }
end

function compile.alter_column(d, o, env)
  if o.using then d:refuse("op.alter_column with using", "convert the rows with op.update first") end
  local name = d:quote(o.column)
  if #require("curlew.op.alter_column").changes(o) == 0 then return {} end
  if o.only_rename then
    return { d:alter_table(o, { ("RENAME COLUMN %s TO %s"):format(name, d:quote(o.new_column_name)) }) }
  end
  if only(o, "server_default") and not d:knows_table(o, env) then
    if o.server_default == null then return { d:alter_table(o, { ("ALTER COLUMN %s DROP DEFAULT"):format(name) }) } end
    return { d:alter_table(o, { ("ALTER COLUMN %s SET DEFAULT %s"):format(name,
      d:default(o.server_default, { type = o.existing_type or { name = "" } })) }) }
  end
  return M.alter_whole_column(d, o, env)
end

-- Constraints and indexes -------------------------------------------------------------------------

function methods.must_find_constraint(d, o, env)
  if not o.name then return true end
  local asked = o.columns or not o.type or (o.if_exists and env.conn ~= nil)
  return asked and d:knows_table(o, env) or false
end

local WORDS = { foreign_key = "FOREIGN KEY", unique = "UNIQUE", check = "CHECK" }

function methods.drop_unnamed(d, o, found)
  local columns = ""
  if found.columns then
    columns = (" HAVING GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ',') = %s"):format(
      d:string(table.concat(found.columns, ",")))
  end
  local clause = d:drop_constraint_clause(o, "?", found.kind):match("^(.-)%S+$")
  local look = ([[
SET @curlew_sql = (SELECT CONCAT(%s, '`', REPLACE(c.CONSTRAINT_NAME, '`', '``'), '`')
  FROM information_schema.TABLE_CONSTRAINTS c LEFT JOIN information_schema.KEY_COLUMN_USAGE k
    ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME
 WHERE c.TABLE_SCHEMA = %s AND c.TABLE_NAME = %s AND c.CONSTRAINT_TYPE = '%s'
 GROUP BY c.CONSTRAINT_NAME%s)]]):format(d:string(("ALTER TABLE %s %s"):format(d:qualified(o.schema, o.table), clause)),
    o.schema and d:string(o.schema) or "DATABASE()", d:string(o.table), WORDS[found.kind], columns)
  return { { sql = look }, { sql = "PREPARE curlew_statement FROM @curlew_sql" },
    d:ddl "EXECUTE curlew_statement", { sql = "DEALLOCATE PREPARE curlew_statement" } }
end

function methods.drop_constraint_clause(d, _o, name, kind)
  if kind == "primary_key" then return "DROP PRIMARY KEY" end
  local words = kind == "foreign_key" and "FOREIGN KEY" or kind == "unique" and "INDEX"
    or kind == "check" and d.drop_check or "CONSTRAINT"
  return ("DROP %s %s"):format(words, d:quote(name))
end
methods.drop_check = "CHECK"

--- Foreign keys and checks can't be renamed: one ALTER TABLE drops the old and adds the new.
function compile.rename_constraint(d, o, env)
  local function no_key() d:refuse("op.rename_constraint of a primary key", "it is always called PRIMARY") end
  if o.old:upper() == "PRIMARY" then no_key() end
  local found
  for _, c in ipairs(d:catalog(env, o.op, "finding a constraint"):constraints(o.table, { schema = o.schema })) do
    if c.name and d.same_column(c.name, o.old) then found = c end
  end
  if not found then errors.usage("op.rename_constraint: table %s has no constraint %s", o.table, o.old) end
  if found.kind == "unique" then
    return { d:alter_table(o, { ("RENAME INDEX %s TO %s"):format(d:quote(o.old), d:quote(o.new)) }) }
  end
  if found.kind == "primary_key" then no_key() end
  local old = d:drop_constraint_clause(o, o.old, found.kind)
  local printed = env.shadow and env.shadow:changed(o.table, o.schema)
  local text = env.conn and not printed and definition.constraint(show_create(d, o, env), o.old)
  if text then return { d:alter_table(o, { old, ("ADD CONSTRAINT %s %s"):format(d:quote(o.new), text) }) } end
  found.name = o.new
  return { d:alter_table(o, { old, "ADD " .. d:constraint(found, o) }) }
end

function compile.rename_index(d, o)
  return { d:alter_table(o, { ("RENAME INDEX %s TO %s"):format(d:quote(o.old), d:quote(o.new)) }) }
end

local function table_comment(d, o, text)
  return { d:alter_table(o, { "COMMENT = " .. d:string(text) }) }
end

function compile.create_table_comment(d, o) return table_comment(d, o, o.text) end
function compile.drop_table_comment(d, o) return table_comment(d, o, "") end

return M
