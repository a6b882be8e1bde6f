--- PostgreSQL: changes of columns and constraints.

local null = require "curlew.null"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

local function quoted_table(d, o) return d:qualified(o.schema, o.table) end

--- What printed operations have made of a column, as the catalog would say it.
local function shadow_column(d, o, shadow)
  local parts = shadow:find(o.table, o.schema)
  local c = parts and shadow:column(parts, o.column)
  if not c then return nil end
  local text = c.type.text or d:type(c.type, c)
  return { name = c.name, nullable = c.nullable, autoincrement = c.autoincrement,
    identity = c.identity or (c.autoincrement and not c.default and {}) or nil,
    type = setmetatable({}, { __tostring = function() return text end }) }
end

--- What the catalog says of a column, when it can be read.
local function present(d, o, env)
  if env.shadow then return shadow_column(d, o, env.shadow) end
  if not env.conn then return nil end
  for _, column in ipairs(d.reflect.columns(d, env.conn, o.schema, o.table)) do
    if column.name == o.column then return column end
  end
end

local function identity_actions(d, o, env, add)
  local wanted = o.identity
  if wanted == nil and o.autoincrement ~= nil then wanted = o.autoincrement and {} or null end
  if wanted == nil then return end
  local column = present(d, o, env)
  local has = o.existing_autoincrement
  if column then has = column.identity ~= nil end
  if wanted == null then
    if column and column.autoincrement and not column.identity then
      add "DROP DEFAULT" -- a serial column
    else
      add "DROP IDENTITY IF EXISTS"
    end
  elseif has then
    if wanted.always ~= nil then add("SET GENERATED " .. (wanted.always and "ALWAYS" or "BY DEFAULT")) end
    for _, option in ipairs { "start", "increment", "minvalue", "maxvalue", "cache", "cycle" } do
      if wanted[option] ~= nil then add("SET " .. d:sequence_options({ [option] = wanted[option] })) end
    end
  else
    if o.nullable == nil and not (column and not column.nullable) then add "SET NOT NULL" end
    add("ADD " .. d:identity(wanted))
    return wanted.start == nil
  end
end

--- A new identity goes on after the rows that are there.
local function continue_sequence(d, o)
  local column = d:quote(o.column)
  return { sql = ("SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max(%s), 0) + 1, false) FROM %s")
    :format(d:string(quoted_table(d, o)), d:string(o.column), column, quoted_table(d, o)) }
end

--- What a column that becomes an enum needs besides: nothing is cast to an enum by itself, its default neither.
--- Gives the USING expression and the literal of the default.
local function to_enum(d, o, env, text)
  if not o.type or o.type.name ~= "enum" or not d:enum_is_type(o.type) then return o.using, nil end
  local column = o.server_default == nil and present(d, o, env)
  local default = column and column.default and tostring(column.default):match("^('.*')::[%w_ ]+$")
  return o.using or ("%s::text::%s"):format(d:quote(o.column), text), default
end

local LOST = [[
SELECT CASE WHEN a.attcollation <> t.typcollation THEN cn.nspname END AS collation_schema, coll.collname AS collation,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage, a.attcompression::text AS compression
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_collation coll ON coll.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = coll.collnamespace
 WHERE a.attrelid = pg_catalog.to_regclass(?) AND a.attname = ? AND NOT a.attisdropped]]

local STORAGE = { p = "PLAIN", e = "EXTERNAL", m = "MAIN", x = "EXTENDED" }
local COMPRESSION = { p = "pglz", l = "lz4" }
local TEXTUAL = { varchar = true, char = true, text = true }

--- A new type brings its own collation, storage and compression: what the column had otherwise is written again.
--- Gives the collation and the actions.
local function kept_with_type(d, o, env)
  if not env.conn or not o.type or not TEXTUAL[o.type.name] then return nil, {} end
  if env.shadow and env.shadow:changed(o.table, o.schema) then return nil, {} end
  local row = env.conn:first(LOST, { d:qualified(o.schema, o.table), o.column })
  if not row then return nil, {} end
  local actions = {}
  if row.storage then actions[1] = "SET STORAGE " .. STORAGE[row.storage] end
  if COMPRESSION[row.compression] then actions[#actions + 1] = "SET COMPRESSION " .. COMPRESSION[row.compression] end
  local collation = row.collation_schema and d:collation(row.collation_schema .. "." .. row.collation)
  return not o.collation and collation or nil, actions
end

function compile.alter_column(d, o, env)
  local list, clauses = {}, {}
  local function add(action) clauses[#clauses + 1] = ("ALTER COLUMN %s %s"):format(d:quote(o.column), action) end
  if o.type or o.collation then
    local column_type = o.type or o.existing_type
    local text = column_type and d:type(column_type)
    if not text then
      local column = present(d, o, env)
      text = column and tostring(column.type)
        or require("curlew.op.errors").offline("op.alter_column: to change the collation alone it needs existing_type")
    end
    list = o.type and d:before_columns({ { type = o.type } }, env) or list
    -- The old default may not fit the new type: it goes first, the new one comes last.
    local using, carried = to_enum(d, o, env, text)
    if carried or o.server_default ~= nil and o.server_default ~= null then add "DROP DEFAULT" end
    local collation, actions = kept_with_type(d, o, env)
    if o.collation then collation = d:collation(o.collation) end
    add(("TYPE %s%s%s"):format(text, collation and " COLLATE " .. collation or "", using and " USING " .. using or ""))
    for _, action in ipairs(actions) do add(action) end
    if carried then add("SET DEFAULT " .. carried) end
  end
  if o.nullable ~= nil then add(o.nullable and "DROP NOT NULL" or "SET NOT NULL") end
  if o.server_default == null then
    add "DROP DEFAULT"
  elseif o.server_default ~= nil then
    add("SET DEFAULT " .. d:default(o.server_default))
  end
  if o.computed == null then
    add "DROP EXPRESSION IF EXISTS"
  elseif o.computed then
    if not d:at_least(17) then
      d:refuse("another expression for a computed column (it needs version 17)", "drop the column and add it anew")
    end
    add(("SET EXPRESSION AS (%s)"):format(o.computed.sql))
  end
  local numbered = identity_actions(d, o, env, add)
  if #clauses > 0 then list[#list + 1] = d:alter_table(o, clauses) end
  if numbered then list[#list + 1] = continue_sequence(d, o) end
  if o.enum_check then list[#list + 1] = d:alter_table(o, { "ADD " .. d:constraint(o.enum_check, o) }) end
  if o.comment ~= nil then
    list[#list + 1] = d:column_comment(o, o.column, o.comment ~= null and o.comment or nil)
  end
  if o.new_column_name and o.new_column_name ~= o.column then
    list[#list + 1] = d:ddl(("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(quoted_table(d, o), d:quote(o.column),
      d:quote(o.new_column_name)))
  end
  return list
end

--- DROP CONSTRAINT has a form of its own for what may not be there.
function methods.drop_constraint_clause(d, o, name, _kind)
  return ("DROP CONSTRAINT %s%s"):format(o.if_exists and "IF EXISTS " or "", d:quote(name))
end

local CONTYPES = { primary_key = "p", unique = "u", foreign_key = "f", check = "c", exclude = "x" }

function methods.drop_unnamed(d, o, found)
  local on = d:qualified(o.schema, o.table)
  local columns = ""
  if found.columns then
    local names = {}
    for i, name in ipairs(found.columns) do names[i] = d:string(name) end
    columns = (" AND (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(conkey)"
      .. "\n      WITH ORDINALITY k(number, place)"
      .. "\n      JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.number) = ARRAY[%s]")
      :format(table.concat(names, ", "))
  end
  return { d:ddl(([[
DO $curlew$ DECLARE found text; BEGIN
  SELECT conname INTO STRICT found FROM pg_constraint WHERE conrelid = %s AND contype = '%s'%s;
  EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', %s, found);
END $curlew$]]):format(d:regclass(o.schema, o.table), CONTYPES[found.kind], columns, d:string(on))) }
end

function methods.drop_if_there(_d, _o, _env, _name, list) return list end

function compile.validate_constraint(d, o)
  return { d:alter_table(o, { "VALIDATE CONSTRAINT " .. d:quote(o.name) }) }
end

function compile.rename_constraint(d, o)
  return { d:ddl(("ALTER TABLE %s RENAME CONSTRAINT %s TO %s"):format(quoted_table(d, o), d:quote(o.old),
    d:quote(o.new))) }
end

function compile.rename_index(d, o)
  return { d:ddl(("ALTER INDEX %s RENAME TO %s"):format(d:qualified(o.schema, o.old), d:quote(o.new))) }
end

function compile.create_table_comment(d, o) return { d:table_comment(o, o.text) } end
function compile.drop_table_comment(d, o) return { d:table_comment(o, nil) } end

-- ADD COLUMN, DROP COLUMN and friends know IF [NOT] EXISTS themselves -----------------------------

function compile.drop_column(d, o)
  return { d:alter_table(o, { ("DROP COLUMN %s%s"):format(o.if_exists and "IF EXISTS " or "", d:quote(o.column)) }) }
end

function compile.create_index(d, o, env)
  local flags = o.concurrently and { autocommit = true } or nil
  local list = {}
  if o.concurrently and env.conn then
    -- A build that failed leaves an INVALID index of the name behind.
    for _, index in ipairs(d.reflect.all_indexes(d, env.conn, o.schema, o.table)) do
      if index.name == o.name and index.invalid then
        list[1] = d:ddl("DROP INDEX CONCURRENTLY IF EXISTS " .. d:qualified(o.schema, o.name), flags)
      end
    end
  end
  list[#list + 1] = d:ddl(d:create_index(o, o, { if_not_exists = o.if_not_exists, concurrently = o.concurrently }), flags)
  return list
end

function compile.drop_index(d, o)
  return { d:ddl(("DROP INDEX %s%s%s"):format(o.concurrently and "CONCURRENTLY " or "",
    o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name)), o.concurrently and { autocommit = true } or nil) }
end

return M
