--- MySQL, and what MariaDB shares with it.
---
--- DDL commits by itself here, so an operation is one statement wherever it can be: indexes and comments
--- stand inside CREATE TABLE, constraints beside their column in one ALTER TABLE.

local base = require "curlew.dialect.base"
local reflect = require "curlew.dialect.mysql.reflect"
local reserved = require "curlew.dialect.reserved"

local M = base:extend {
  name = "mysql", server = "mysql", title = "MySQL", oldest = "8.0.20", quote_mark = "`",
  reserved = reserved.mysql, reflect = reflect, inline_indexes = true,
}

--- What no quotes help against.
function M.name_problem(name)
  if utf8.len(name) > 64 then return ("is %d bytes long, more than the 64 characters that MySQL takes"):format(#name) end
  if name:find("[\xF0-\xF4]") then return "has a character beyond U+FFFF, which MySQL's names can't hold" end
  if name:find(" $") then return "ends in a space, which MySQL's names can't" end
end

local ESCAPES = { ["'"] = "''", ["\\"] = "\\\\", ["\0"] = "\\0", ["\26"] = "\\Z" }

--- The server takes backslashes in strings as escapes unless told otherwise; curlew's sessions leave
--- that as it is.
function M:string(text) return "'" .. text:gsub("['\\%z\26]", ESCAPES) .. "'" end

--- A word such as _utf8 is no name: it says the charset of what follows.
function M:quote(name)
  if name:find("^_") then return self:always_quote(name) end
  return base.quote(self, name)
end

-- Columns -----------------------------------------------------------------------------------------

function M:collation(name) return name:match("^[%w_]+$") and name or self:quote(name) end

--- Types whose default must be written as an expression.
local NO_LITERAL = { text = true, blob = true, json = true, jsonb = true }

--- CURRENT_TIMESTAMP and its synonyms stand as they are; other expressions need parentheses.
local function bare_expression(text)
  local word = text:upper():match("^%s*([%a_]+)")
  if word == "CURRENT_TIMESTAMP" or word == "LOCALTIME" or word == "LOCALTIMESTAMP" or word == "NULL" then return true end
  return word == "NOW" and text:match("^%s*%a+%s*%(") ~= nil
    or text:match("^%s*%-?[%d.]+%s*$") ~= nil or text:match("^%s*%b()%s*$") ~= nil
    or text:match("^%s*'[^'\\]*'%s*$") ~= nil or word == "TRUE" or word == "FALSE"
end

local TIMED = { timestamp = true, datetime = true }

function M:default(default, c)
  if default.sql then
    local text = default.sql
    -- A fraction of a second in the type must be in its default too.
    local digits = c and TIMED[c.type.name] and c.type.precision
    if digits and digits > 0 and text:upper():match("^%s*[%a_]+%s*%(?%s*%)?%s*$") and bare_expression(text) then
      return ("CURRENT_TIMESTAMP(%d)"):format(digits)
    end
    return bare_expression(text) and text or "(" .. text .. ")"
  end
  local text = self:literal(default.value)
  return c and NO_LITERAL[c.type.name] and "(" .. text .. ")" or text
end

function M:computed(computed)
  return ("GENERATED ALWAYS AS (%s) %s"):format(computed.sql, computed.persisted and "STORED" or "VIRTUAL")
end

--- An identity column is AUTO_INCREMENT as far as that goes.
function M:numbered(c)
  local identity = c.identity
  if identity then
    if identity.always then self:refuse("identity with always = true", "leave always out") end
    for _, option in ipairs { "increment", "minvalue", "maxvalue", "cache", "cycle" } do
      if identity[option] ~= nil and not (option == "increment" and identity.increment == 1) then
        self:refuse(("identity with %s"):format(option), "auto_increment_increment is a setting of the server")
      end
    end
  end
  return (c.autoincrement or identity) and "AUTO_INCREMENT" or nil
end

--- A TIMESTAMP is NOT NULL on some servers unless it says NULL.
function M:nullability(c)
  if not c.nullable then return "NOT NULL" end
  if c.computed then return nil end
  return c.type.name == "timestamp" and "NULL" or nil
end

function M:inline_comment(c) return c.comment and "COMMENT " .. self:string(c.comment) or nil end

--- The order of MySQL's own grammar: NULL before DEFAULT before AUTO_INCREMENT.
function M:column(c, o)
  local parts = { self:quote(c.name), self:type(c.type, c) }
  local function add(text) if text then parts[#parts + 1] = text end end
  add(c.collation and "COLLATE " .. self:collation(c.collation))
  add(c.computed and self:computed(c.computed))
  add(self:nullability(c, o))
  add(c.default and "DEFAULT " .. self:default(c.default, c))
  add(self:numbered(c, o))
  add(self:inline_comment(c))
  return table.concat(parts, " ")
end

function M:position(o)
  return o.first and " FIRST" or o.after and " AFTER " .. self:quote(o.after) or ""
end

function M:add_clauses(o)
  local clauses = base.add_clauses(self, o)
  for _, index in ipairs(o.indexes) do clauses[#clauses + 1] = "ADD " .. self:inline_index(index, o) end
  return clauses
end

function M.compile.add_column(d, o, env)
  return d:guarded(o, env, "column", o.column.name, { d:alter_table(o, d:add_clauses(o)) })
end

-- Tables ------------------------------------------------------------------------------------------

function M:table_suffix(o)
  local parts = {}
  if o.mysql_engine then parts[#parts + 1] = "ENGINE=" .. self:quote(o.mysql_engine) end
  if o.mysql_charset then parts[#parts + 1] = "DEFAULT CHARSET=" .. self:quote(o.mysql_charset) end
  for _, c in ipairs(o.columns) do
    if c.identity and c.identity.start then parts[#parts + 1] = ("AUTO_INCREMENT=%d"):format(c.identity.start) end
  end
  if o.comment then parts[#parts + 1] = "COMMENT=" .. self:string(o.comment) end
  return #parts > 0 and " " .. table.concat(parts, " ") or ""
end

--- The setting behind a table's option, and the statement that sets it (autogenerate).
local OPTIONS = {
  mysql_engine = { usual = "@@default_storage_engine", "ENGINE=%s" },
  mysql_charset = { usual = "@@character_set_database", "DEFAULT CHARACTER SET %s" },
}

--- What a table has where nothing was said.
---@param conn table
---@param option string
---@return string?
function M.usual_option(_self, conn, option)
  return OPTIONS[option] and conn:scalar("SELECT " .. OPTIONS[option].usual)
end

--- @return string? statement that gives a table an option
function M:option_statement(t, option, value)
  local known = OPTIONS[option]
  if not known or value == nil then return nil end
  return ("ALTER TABLE %s %s"):format(self:qualified(t.schema, t.name), known[1]:format(self:quote(value)))
end

--- CASCADE is accepted here and does nothing: references are not dropped.
function M:cascade(o)
  if o.cascade then self:refuse("cascade", "drop the foreign keys that reference the table first") end
  return ""
end

function M.compile.rename_table(d, o)
  return { d:ddl(("RENAME TABLE %s TO %s"):format(d:qualified(o.schema, o.table), d:qualified(o.schema, o.new))) }
end

-- Constraints -------------------------------------------------------------------------------------

function M:deferral(text)
  if text:find("^ NOT DEFERRABLE$") or text == " INITIALLY IMMEDIATE" then return "" end
  self:refuse("deferrable constraints", "leave deferrable and initially out")
end

function M:match(match)
  if match == "simple" then return "" end
  self:refuse(("match = %q (the server would ignore it, and the actions after it)"):format(match), "leave it out")
end

function M:action(action)
  if action == "set default" then self:refuse("\"set default\" on a foreign key", "use \"set null\" or a trigger") end
  return base.action(self, action)
end

--- A referenced table without a schema is in the schema of the referencing one.
function M:referent(c) return self:qualified(c.referent_schema, c.referent) end

-- Indexes -----------------------------------------------------------------------------------------

function M:check_index(index)
  if index.where then
    self:refuse("where on an index (a partial index)", "leave it out, or index a generated column that is NULL elsewhere")
  end
end

local METHODS = { btree = true, hash = true }

function M:index_kind(index)
  local using = index.using and index.using:lower()
  if using == "fulltext" or using == "spatial" then return using:upper() .. " " end
  return base.index_kind(self, index)
end

function M:index_method() return "" end

function M:index_suffix(index)
  local using = index.using and index.using:lower()
  if using and using ~= "fulltext" and using ~= "spatial" then
    if not METHODS[using] then
      self:refuse(("index method %q"):format(index.using), "use \"btree\", \"hash\", \"fulltext\" or \"spatial\"")
    end
    return " USING " .. using:upper() .. base.index_suffix(self, { include = index.include,
      nulls_not_distinct = index.nulls_not_distinct })
  end
  return base.index_suffix(self, index)
end

function M:index_item(item, index)
  local length = index.mysql_length
  if type(length) == "table" then length = length[item] end
  if length and type(item) == "string" then return ("%s(%d)"):format(self:quote(item), length) end
  return base.index_item(self, item, index)
end

--- A key part is a column, maybe with a length and a direction, or an expression in parentheses.
function M:index_expression(text)
  local body, direction = text:match("^(.-)%s+([AaDd][EeSs][SsCc][Cc]?)%s*$")
  if not body or not (direction:upper() == "ASC" or direction:upper() == "DESC") then body, direction = text, nil end
  local column = body:match("^%s*[%w_]+%s*$") or body:match("^%s*[%w_]+%s*%(%s*%d+%s*%)%s*$") or body:match("^%s*`[^`]+`%s*$")
  if not column and not body:match("^%s*%b()%s*$") then body = self:functional_key("(" .. body .. ")")
  elseif not column then body = self:functional_key(body) end
  return body .. (direction and " " .. direction:upper() or "")
end

function M:functional_key(text) return text end

--- An index inside CREATE TABLE or after ADD.
function M:inline_index(index, _o)
  self:check_index(index)
  return ("%sINDEX %s (%s)%s"):format(self:index_kind(index), self:quote(index.name), self:index_items(index),
    self:index_suffix(index))
end

function M.compile.create_index(d, o, env)
  -- Without locks is what `concurrently` asks for; the server refuses where it can't.
  local statement
  if o.concurrently then
    statement = d:ddl(d:create_index(o, o) .. " LOCK=NONE")
  else
    statement = d:ddl(d:create_index(o, o), { alters = d:qualified(o.schema, o.table),
      clauses = { "ADD " .. d:inline_index(o, o) } })
  end
  return d:guarded(o, env, "index", o.name, { statement })
end

function M.compile.drop_index(d, o, env)
  if not o.table then d:refuse("op.drop_index without a table", "add { table = \"...\" }") end
  local on = d:qualified(o.schema, o.table)
  local statement
  if o.concurrently then
    statement = d:ddl(("ALTER TABLE %s DROP INDEX %s, LOCK=NONE"):format(on, d:quote(o.name)))
  else
    statement = d:ddl(("DROP INDEX %s ON %s"):format(d:quote(o.name), on), { alters = on,
      clauses = { "DROP INDEX " .. d:quote(o.name) } })
  end
  return d:guarded(o, env, "index", o.name, { statement })
end

-- Rows --------------------------------------------------------------------------------------------

--- The value that the row would have had, in ON DUPLICATE KEY UPDATE.
function M:new_value(column) return "new." .. self:quote(column) end
M.row_alias = " AS new"

--- The server takes any unique key as the conflict; "ignore" sets a column to itself, since INSERT IGNORE
--- would swallow other errors too.
function M:on_conflict(conflict, columns, bind)
  if not conflict.update then
    local column = self:quote(columns[1] or self:refuse("on_conflict for a row without values"))
    return (" ON DUPLICATE KEY UPDATE %s = %s"):format(column, column)
  end
  local sets, aliased = {}, false
  for i, column in ipairs(conflict.update) do
    local value = conflict.values and conflict.values[i]
    aliased = aliased or value == nil
    sets[i] = self:quote(column) .. " = " .. (value ~= nil and bind(value) or self:new_value(column))
  end
  return ("%s ON DUPLICATE KEY UPDATE %s"):format(aliased and self.row_alias or "", table.concat(sets, ", "))
end

function M:default_row() return " () VALUES ()" end

--- The client library tells the number.
function M:returning() return "" end

for _, topic in ipairs { "types", "guard", "alter", "enum", "objects", "batch" } do
  local part = require("curlew.dialect.mysql." .. topic)
  for name, value in pairs(part.methods or {}) do M[name] = value end
  for name, fn in pairs(part.compile or {}) do M.compile[name] = fn end
end

return M
