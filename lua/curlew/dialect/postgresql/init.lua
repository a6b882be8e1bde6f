--- PostgreSQL.

local base = require "curlew.dialect.base"
local errors = require "curlew.op.errors"
local reflect = require "curlew.dialect.postgresql.reflect"
local reserved = require "curlew.dialect.reserved"

local M = base:extend {
  name = "postgresql", server = "postgresql", title = "PostgreSQL", oldest = "15",
  reserved = reserved.postgresql, reflect = reflect,
}

--- Names longer than this are cut by the server without an error, so they are refused here.
function M.name_problem(name)
  return #name > 63 and ("is %d bytes long, more than the 63 that PostgreSQL keeps"):format(#name) or nil
end

--- Names are kept as they are written.
function M.same_column(a, b) return a == b end

function M:placeholder(i) return "$" .. i end

function M:boolean(value) return value and "true" or "false" end

--- standard_conforming_strings is on in every session of curlew: a backslash is a backslash.
function M:blob(bytes) return "'\\x" .. self.hex(bytes) .. "'::bytea" end

local SPECIAL = { ["inf"] = "Infinity", ["-inf"] = "-Infinity", ["nan"] = "NaN", ["-nan"] = "NaN" }

function M:float(value)
  local special = SPECIAL[tostring(value)]
  if special then return ("'%s'::float8"):format(special) end
  return base.float(self, value)
end


--- 'schema.table'::regclass, for catalog functions.
function M:regclass(schema, name) return self:string(self:qualified(schema, name)) .. "::regclass" end

-- Columns -----------------------------------------------------------------------------------------

function M:collation(name)
  local schema, own = name:match("^([^.]+)%.(.+)$")
  return schema and self:always_quote(schema) .. "." .. self:always_quote(own) or self:always_quote(name)
end

function M:computed(computed)
  if computed.persisted == false and not self:at_least(18) then
    self:refuse("computed with persisted = false (a virtual column)", "leave persisted out: the value is stored")
  end
  return base.computed(self, { sql = computed.sql, persisted = computed.persisted ~= false })
end

--- "(START WITH 1 INCREMENT BY 2)" of an identity column or sequence.
function M:sequence_options(options)
  local parts = {}
  local function add(field, words)
    if options[field] ~= nil then parts[#parts + 1] = ("%s %d"):format(words, options[field]) end
  end
  add("start", "START WITH")
  add("increment", "INCREMENT BY")
  add("minvalue", "MINVALUE")
  add("maxvalue", "MAXVALUE")
  add("cache", "CACHE")
  if options.cycle ~= nil then parts[#parts + 1] = options.cycle and "CYCLE" or "NO CYCLE" end
  return table.concat(parts, " ")
end

function M:identity(identity)
  local options = self:sequence_options(identity)
  return ("GENERATED %s AS IDENTITY%s"):format(identity.always and "ALWAYS" or "BY DEFAULT",
    options ~= "" and " (" .. options .. ")" or "")
end

function M:numbered(c)
  if c.identity then return self:identity(c.identity) end
  return c.autoincrement and self:identity({}) or nil
end

function M:column_comment(o, name, text)
  return self:ddl(("COMMENT ON COLUMN %s.%s IS %s"):format(self:qualified(o.schema, o.table), self:quote(name),
    text and self:string(text) or "NULL"))
end

function M:table_comment(o, text)
  return self:ddl(("COMMENT ON TABLE %s IS %s"):format(self:qualified(o.schema, o.table),
    text and self:string(text) or "NULL"))
end

function M:after_columns(o, columns)
  local list = {}
  if o.op == "create_table" and o.comment then list[1] = self:table_comment(o, o.comment) end
  for _, c in ipairs(columns) do
    if c.comment then list[#list + 1] = self:column_comment(o, c.name, c.comment) end
  end
  return list
end

-- Tables, constraints, indexes --------------------------------------------------------------------

function M:table_suffix(o)
  return o.postgresql_partition_by and " PARTITION BY " .. o.postgresql_partition_by or ""
end

function M:check_constraint(c)
  if c.match == "partial" then self:refuse("match = \"partial\"", "use \"simple\" or \"full\"") end
  if c.deferrable and c.kind == "check" then self:refuse("deferrable on a CHECK", "use a constraint trigger") end
end

function M:nulls_not_distinct()
  if not self:at_least(15) then self:refuse("nulls_not_distinct (it needs version 15)", "leave it out") end
  return "NULLS NOT DISTINCT"
end

function M:include(columns) return ("INCLUDE (%s)"):format(self:names(columns)) end

function M:not_valid() return " NOT VALID" end

function M:operator_class(class) return class end

--- PostgreSQL wants parentheses around every expression that is more than a name or a call; the words
--- that may follow one (COLLATE, an operator class, DESC, NULLS LAST) stay outside.
function M:index_expression(text)
  local body, tail = text, ""
  for _, pattern in ipairs { "%s+[Nn][Uu][Ll][Ll][Ss]%s+%a+%s*$", "%s+[Dd][Ee][Ss][Cc]%s*$", "%s+[Aa][Ss][Cc]%s*$" } do
    local at = body:find(pattern)
    if at then body, tail = body:sub(1, at - 1), body:sub(at) .. tail end
  end
  local outside = body:gsub("'[^']*'", ""):gsub('"[^"]*"', "x"):gsub("%b()", "")
  if outside:find("[-+*/<>=~!@#%%^&|?:]") then body = "(" .. body .. ")" end
  return body .. tail
end

-- Enum types --------------------------------------------------------------------------------------

function M:enum_is_type(t) return t.native ~= false end

local FIND_ENUM = [[
SELECT e.enumlabel FROM pg_catalog.pg_enum e
  JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typname = ? AND %s
 ORDER BY e.enumsortorder]]

--- The values of an enum type in the order of the type, or nil when there is none.
---@param conn table
---@param schema string?
---@param name string
---@return string[]?
function M:enum_values(conn, schema, name)
  local values = conn:column(FIND_ENUM:format(schema and "n.nspname = ?" or "pg_catalog.pg_type_is_visible(t.oid)"),
    { name, schema })
  return #values > 0 and values or nil
end

function M:create_enum_sql(schema, name, values)
  local list = {}
  for i, value in ipairs(values) do list[i] = self:string(value) end
  return ("CREATE TYPE %s AS ENUM (%s)"):format(self:qualified(schema, name), table.concat(list, ", "))
end

--- A statement that creates an enum type unless it is there, for scripts that can't look.
function M:create_enum_offline(schema, name, values)
  local tag = "curlew"
  local text = self:create_enum_sql(schema, name, values)
  while text:find("$" .. tag .. "$", 1, true) do tag = tag .. "_" end
  return ("DO $%s$ BEGIN\n  %s;\nEXCEPTION WHEN duplicate_object THEN NULL;\nEND $%s$"):format(tag, text, tag)
end

local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do if a[i] ~= b[i] then return false end end
  return true
end

--- Enum types are created when the first column needs them, and reused when the values agree.
function M:before_columns(columns, env)
  local list, done = {}, {}
  for _, c in ipairs(columns) do
    local t = c.type.name == "array" and c.type.of or c.type
    if t.name == "enum" and t.values and not t.known and self:enum_is_type(t) and not done[t.enum] then
      done[t.enum] = true
      if not env.conn or env.offline then
        list[#list + 1] = self:ddl(self:create_enum_offline(t.schema, t.enum, t.values))
      else
        local present = self:enum_values(env.conn, t.schema, t.enum)
        if not present then
          list[#list + 1] = self:ddl(self:create_enum_sql(t.schema, t.enum, t.values))
        elseif not same(present, t.values) then
          errors.usage("enum %s exists with other values (%s, not %s); op.alter_enum changes them",
            t.enum, table.concat(present, ", "), table.concat(t.values, ", "))
        end
      end
    end
  end
  return list
end

for _, topic in ipairs { "types", "guard", "alter", "enum", "objects", "batch" } do
  local part = require("curlew.dialect.postgresql." .. topic)
  for name, value in pairs(part.methods or {}) do M[name] = value end
  for name, fn in pairs(part.compile or {}) do M.compile[name] = fn end
end

return M
