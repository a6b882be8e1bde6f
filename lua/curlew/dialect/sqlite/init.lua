--- SQLite. What its ALTER TABLE can't do goes to rebuild.lua, which makes the table anew.

local base = require "curlew.dialect.base"
local reflect = require "curlew.dialect.sqlite.reflect"
local reserved = require "curlew.dialect.reserved"

local M = base:extend {
  name = "sqlite", server = "sqlite", title = "SQLite", oldest = "3.35",
  reserved = reserved.sqlite, reflect = reflect, batch_one_writer = true,
}

-- Literals ----------------------------------------------------------------------------------------

function M:float(value)
  if value == math.huge then return "9e999" end
  if value == -math.huge then return "-9e999" end
  return base.float(self, value)
end

--- SQLite reads the least integer as it stands, and takes no expression as the default of an added column.
function M:literal(value)
  if value == math.mininteger and math.type(value) == "integer" then return tostring(value) end
  return base.literal(self, value)
end

-- Columns -----------------------------------------------------------------------------------------

--- Words and literals that may follow DEFAULT without parentheses.
local function bare_default(text)
  return text:match("^%s*'[^']*'%s*$") or text:match("^%s*[-+]?%d[%w.]*%s*$") or text:match("^%s*%b()%s*$")
    or text:upper():match("^%s*CURRENT_%u+%s*$") or text:upper():match("^%s*NULL%s*$")
    or text:upper():match("^%s*TRUE%s*$") or text:upper():match("^%s*FALSE%s*$")
end

function M:default(default)
  if default.sql then return bare_default(default.sql) and default.sql or "(" .. default.sql .. ")" end
  return self:literal(default.value)
end

--- Whether a column is the table's rowid by another name.
function M:is_rowid(c, o)
  return (c.autoincrement or c.identity) and not o.sqlite_without_rowid
end

--- Refuses an identity that a rowid can't be.
function M:check_identity(c)
  for _, option in ipairs { "always", "start", "increment", "minvalue", "maxvalue", "cache", "cycle" } do
    local value = c.identity[option]
    if value and not ((option == "start" or option == "increment") and value == 1) then
      self:refuse(("identity with %s"):format(option), "a rowid counts from 1, one at a time")
    end
  end
end

--- The primary key's columns of a create_table record.
local function key_of(o)
  for _, constraint in ipairs(o.constraints or {}) do
    if constraint.kind == "primary_key" then return constraint.columns end
  end
  return {}
end

function M:column(c, o)
  if c.identity then self:check_identity(c) end
  local types = o.sqlite_strict and self.strict_types or self.types
  local with = setmetatable({ types = types }, { __index = self })
  local kind = base.type(with, c.type, c)
  if self:is_rowid(c, o) then
    local key = key_of(o)
    if #key ~= 1 or key[1] ~= c.name then
      self:refuse(("autoincrement on %s"):format(c.name), "only a primary key of one column can count by itself")
    end
    -- Only this very word makes the column the rowid.
    kind = "INTEGER"
  elseif kind == "INTEGER" and #key_of(o) == 1 and key_of(o)[1] == c.name and not o.sqlite_without_rowid
    and not o.sqlite_strict then
    -- ... and a key that must not count by itself is spelt in another way.
    kind = "INT"
  end
  local parts = { self:quote(c.name), kind }
  local function add(text) if text then parts[#parts + 1] = text end end
  add(c.collation and "COLLATE " .. self:quote(c.collation))
  add(c.computed and base.computed(self, c.computed))
  add(not c.nullable and "NOT NULL")
  add(self:inline_key(c, o))
  add(c.default and "DEFAULT " .. self:default(c.default, c))
  return table.concat(parts, " ")
end

--- AUTOINCREMENT is only taken right after the column's own PRIMARY KEY.
function M:inline_key(c, o)
  if not (o.sqlite_autoincrement and self:is_rowid(c, o)) then return nil end
  for _, constraint in ipairs(o.constraints) do
    if constraint.kind == "primary_key" then
      return (constraint.name and "CONSTRAINT " .. self:quote(constraint.name) .. " " or "") .. "PRIMARY KEY AUTOINCREMENT"
    end
  end
end

function M:is_inline(constraint, o)
  if constraint.kind ~= "primary_key" or not o.sqlite_autoincrement or #constraint.columns ~= 1 then return false end
  for _, c in ipairs(o.columns) do
    if c.name == constraint.columns[1] then return self:is_rowid(c, o) end
  end
  return false
end

-- Tables ------------------------------------------------------------------------------------------

function M:table_suffix(o)
  local parts = {}
  if o.sqlite_strict then
    if not self:at_least(3, 37) then self:refuse("sqlite_strict (it needs version 3.37)", "leave it out") end
    parts[#parts + 1] = "STRICT"
  end
  if o.sqlite_without_rowid then parts[#parts + 1] = "WITHOUT ROWID" end
  return #parts > 0 and " " .. table.concat(parts, ", ") or ""
end

function M:cascade(o)
  if o.cascade then self:refuse("cascade", "drop what references the table first") end
  return ""
end

-- Constraints and indexes -------------------------------------------------------------------------

--- Only foreign keys can wait.
function M:deferral(text, c)
  if c.kind == "foreign_key" then return text end
  if text:find("^ NOT DEFERRABLE$") or text == " INITIALLY IMMEDIATE" then return "" end
  self:refuse(("deferrable on a %s constraint"):format(c.kind:gsub("_", " ")), "only foreign keys can wait here")
end

--- Foreign keys never cross files, so the schema can't be written.
function M:referent(c)
  return self:quote(c.referent)
end

function M:match(match)
  if match == "simple" then return "" end
  self:refuse(("match = %q (it would be ignored)"):format(match), "leave it out")
end

function M:index_name(index, o) return self:qualified(o.schema, index.name) end
function M:index_table(o) return self:quote(o.table) end

function M:index_method(index)
  if index.using and index.using:lower() ~= "btree" then
    self:refuse(("index method %q"):format(index.using), "leave it out: every index is a B-tree")
  end
  return ""
end

for _, topic in ipairs { "types", "alter", "objects", "batch" } do
  local part = require("curlew.dialect.sqlite." .. topic)
  for name, value in pairs(part.methods or {}) do M[name] = value end
  for name, fn in pairs(part.compile or {}) do M.compile[name] = fn end
end

return M
