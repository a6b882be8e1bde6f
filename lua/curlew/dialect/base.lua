--- What all dialects share. A dialect is an object with methods that write pieces of SQL (names,
--- literals, types, columns, constraints) and a table `compile` with one function per operation, from the
--- record to a list of statements. The folder base/ holds them by topic; a dialect overrides what differs.

local errors = require "curlew.op.errors"
local null = require "curlew.null"

---@class curlew.Dialect
---@field name string "sqlite", "postgresql" or "mysql"
---@field server string "mariadb" where it is not the dialect's name
---@field title string the server's name for people
---@field version integer[]
---@field lineage string[] names that by_dialect matches, most specific first
---@field compile table<string, fun(d: curlew.Dialect, o: table, env: table): table[]>
local Base = { name = "base", title = "SQL", compile = {}, reserved = {}, quote_mark = '"', oldest = "0" }
Base.__index = Base

--- A dialect that inherits this one.
---@param fields table
---@return table
function Base:extend(fields)
  fields.compile = setmetatable(fields.compile or {}, { __index = self.compile })
  fields.__index = fields
  return setmetatable(fields, self)
end

--- A dialect for a server of a version.
---@param version string?
---@return curlew.Dialect
function Base:new(version)
  local numbers = {}
  for number in (version or self.oldest):gmatch("%d+") do numbers[#numbers + 1] = tonumber(number) end
  local lineage = { self.server }
  if self.name ~= self.server then lineage[2] = self.name end
  for _, more in ipairs(self.inherits or {}) do lineage[#lineage + 1] = more end
  return setmetatable({ version = numbers, lineage = lineage }, self)
end

--- Whether the server is at least of a version.
---@return boolean
function Base:at_least(...)
  for i, wanted in ipairs({ ... }) do
    local have = self.version[i] or 0
    if have ~= wanted then return have > wanted end
  end
  return true
end

--- Whether two column names mean the same column, the letter case of unquoted names aside.
---@param a string
---@param b string
---@return boolean
function Base.same_column(a, b) return a:lower() == b:lower() end

--- Raises: this server can't do something.
---@param what string what is refused, beginning with the operation or option
---@param instead string? the alternative
function Base:refuse(what, instead)
  errors.refuse("%s", ("%s can't do this: %s%s"):format(self.title, what, instead and "; " .. instead or ""))
end

-- Names -------------------------------------------------------------------------------------------

--- A name, quoted when it has to be.
---@param name string
---@return string
function Base:quote(name)
  if name:match("^[a-z_][a-z0-9_]*$") and not self.reserved[name] then return name end
  return self:always_quote(name)
end

---@param name string
---@return string
function Base:always_quote(name)
  local mark = self.quote_mark
  return mark .. name:gsub(mark, mark .. mark) .. mark
end

---@param schema string?
---@param name string
---@return string
function Base:qualified(schema, name)
  return (schema and self:quote(schema) .. "." or "") .. self:quote(name)
end

--- "a, b" of a list of names.
---@param names string[]
---@return string
function Base:names(names)
  local quoted = {}
  for i, name in ipairs(names) do quoted[i] = self:quote(name) end
  return table.concat(quoted, ", ")
end

-- Literals ----------------------------------------------------------------------------------------

---@param text string
---@return string
function Base:string(text) return "'" .. text:gsub("'", "''") .. "'" end

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- Bytes.
---@param bytes string
---@return string
function Base:blob(bytes) return "X'" .. hex(bytes) .. "'" end

--- An exact decimal, given as its digits.
---@param digits string
---@return string
function Base:numeric(digits) return digits end

---@param value boolean
---@return string
function Base:boolean(value) return value and "1" or "0" end

--- The shortest text that reads back as the same float, and reads as a float.
---@param value number
---@return string
function Base:float(value)
  if value ~= value or value == math.huge or value == -math.huge then
    errors.refuse("%s has no literal for %s", self.title, tostring(value))
  end
  local text = ("%.15g"):format(value)
  if tonumber(text) ~= value then text = ("%.17g"):format(value) end
  if not text:find("[.eE]") then text = text .. ".0" end
  return text
end

--- A value as SQL text. Strings that are not text are written as bytes.
---@param value any nil or op.null is NULL
---@return string
function Base:literal(value)
  local kind = type(value)
  if value == nil or value == null then return "NULL" end
  if kind == "boolean" then return self:boolean(value) end
  if kind == "number" then
    if math.type(value) == "float" then return self:float(value) end
    return value == math.mininteger and "(-9223372036854775807 - 1)" or tostring(value)
  end
  if kind == "string" then
    if not utf8.len(value) or value:find("\0", 1, true) then return self:blob(value) end
    return self:string(value)
  end
  if kind == "table" and type(value.sql) == "string" then return value.sql end
  errors.usage("%s is no value for the database; op.json.encode makes text of a table", errors.show(value))
end

--- Hexadecimal digits of bytes.
Base.hex = hex

--- The i-th parameter of a statement.
---@param _i integer
---@return string
function Base:placeholder(_i) return "?" end

-- Statements --------------------------------------------------------------------------------------

--- A statement that defines something.
---@param text string
---@param flags table? more fields of the statement
---@return table
function Base:ddl(text, flags)
  local statement = { sql = text, ddl = true }
  for key, value in pairs(flags or {}) do statement[key] = value end
  return statement
end

--- Compiles records: one, or several of one group.
---@param records table[]
---@param env table
---@return table[]
function Base:statements(records, env)
  local list = {}
  for _, record in ipairs(records) do
    local compile = self.compile[record.op]
    if not compile then self:refuse("op." .. record.op) end
    for _, statement in ipairs(compile(self, record, env)) do list[#list + 1] = statement end
  end
  return list
end

--- Refusals that need no catalog, made when the operation is called.
---@param _record table
function Base:check(_record) end

--- The group of steps that may be compiled together (SQLite's rebuilds).
---@param _record table
---@return string?
function Base:group(_record) end

for _, topic in ipairs { "types", "guard", "column", "table", "constraint", "constraint_changes", "index", "dml",
  "batch", "batch_script" } do
  local part = require("curlew.dialect.base." .. topic)
  for name, fn in pairs(part.methods or {}) do Base[name] = fn end
  for name, fn in pairs(part.compile or {}) do Base.compile[name] = fn end
end

return Base
