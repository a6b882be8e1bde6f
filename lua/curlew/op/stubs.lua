--- LuaCATS stubs of `op` and its types, written from the definitions: what editors complete and check.
--- scripts/gen-stubs writes them to lua/_meta; a spec fails when the files differ.

local check = require "curlew.op.check"
local column = require "curlew.schema.column"
local entries = require "curlew.schema.entries"
local table_form = require "curlew.schema.table"
local types = require "curlew.types"

local M = {}

--- LuaCATS types of our kinds; a kind that is not here is a string.
local TYPES = {
  any = "any", boolean = "boolean", integer = "integer", table = "table", type = "curlew.Type",
  given_name = "string|curlew.FinalName", expression = "string|curlew.Sql", sql = "string|curlew.Sql",
  default = "string|number|boolean|curlew.Sql|curlew.Null", text_or_null = "string|curlew.Null",
  names = "string|string[]", index_columns = "string|curlew.Sql|(string|curlew.Sql)[]",
  action = "\"cascade\"|\"restrict\"|\"set null\"|\"set default\"|\"no action\"",
  initially = "\"deferred\"|\"immediate\"", match = "\"simple\"|\"full\"|\"partial\"",
  constraint_type = "\"foreignkey\"|\"unique\"|\"primary\"|\"check\"|\"exclude\"",
  volatility = "\"immutable\"|\"stable\"|\"volatile\"", for_each = "\"row\"|\"statement\"",
  reference = "string|string[]", column_check = "string|curlew.Sql|curlew.TableEntry",
  computed = "curlew.Computed|string|curlew.Sql", identity = "curlew.Identity|true",
  identity_or_null = "curlew.Identity|true|curlew.Null", computed_or_null = "curlew.Computed|curlew.Null",
  column = "curlew.ColumnDeclaration", lengths = "integer|table<string, integer>",
  operator_classes = "table<string, string>", exclusions = "{ [1]: string|curlew.Sql, [2]: string }[]",
  values = "string[]", renames = "table<string, string>", enum_columns = "{ [1]: string, [2]: string }[]",
  rows = "table<string, any>|table<string, any>[]", row_list = "table<string, any>[]",
  assignments = "table<string, any>", where = "table<string, any>|curlew.Sql|curlew.All",
  conflict = "\"ignore\"|{ columns: string[]?, update: string[]|table<string, any>|nil }",
  ["function"] = "fun(t: curlew.Batch)",
  texts = "string|string[]", character = "string", any_text = "string",
  copy_source = "table[]|string|fun(): table?",
  duration = "string|number", duration_or_false = "string|number|false", count = "integer", retries = "integer",
  share = "number", on_error = "\"fail\"|\"skip\"", batch_where = "string|curlew.Sql|curlew.All",
  batch_set = "table<string, any>|fun(row: table): table?", batch_options = "curlew.options.batch_each",
  batch_function = "fun(rows: table[], conn: curlew.Conn)",
  throttle = "fun(stats: curlew.BackfillStats): number|false|nil",
}

--- The LuaCATS type of a kind.
---@param kind string
---@return string
function M.type_of(kind)
  local base = kind:match("^(.-)%??$")
  return TYPES[base] or "string"
end
local type_of = M.type_of

--- Positional arguments that have a shape of their own in some operation.
local SPECIAL = {
  ["create_table.columns"] = "curlew.TableDeclaration",
}

local RESULTS = {
  insert = { "any key the new key of a single row, else the number of rows" },
  bulk_insert = { "integer count" }, copy_from = { "integer count" }, update = { "integer count" }, delete = { "integer count" },
  batch_update = { "curlew.BackfillResult" }, batch_delete = { "curlew.BackfillResult" },
  batch_each = { "curlew.BackfillResult" },
}

local function class_name(name)
  return "curlew.options." .. name
end

local function write_fields(out, specs)
  for _, spec in ipairs(specs) do
    out[#out + 1] = ("---@field %s? %s %s"):format(spec[1], type_of(spec[2]), spec.doc or "")
  end
end

--- The first comment of the file that defines an operation says what it does.
---@param name string
---@return string
function M.description(name)
  local path = package.searchpath("curlew.op." .. name, package.path)
  local file = path and io.open(path)
  if not file then return name end
  local first = file:read "l"
  file:close()
  return (first:gsub("^%-%-%- ", ""))
end

local function write_operation(out, definition)
  local class = class_name(definition.name)
  local names = {}
  out[#out + 1] = "---@class " .. class .. ": curlew.CommonOptions"
  write_fields(out, definition.options or {})
  out[#out + 1] = ""
  out[#out + 1] = "---" .. M.description(definition.name)
  for _, arg in ipairs(definition.args) do
    local kind = SPECIAL[definition.name .. "." .. arg[1]] or type_of(arg[2])
    local name = arg[1] == "end" and "end_" or arg[1]
    names[#names + 1] = name
    out[#out + 1] = ("---@param %s%s %s %s"):format(name, arg[2]:find("%?$") and "?" or "", kind, arg.doc or "")
  end
  if definition.name ~= "batch_alter_table" and definition.name ~= "batch_each" then
    names[#names + 1] = "opts"
    out[#out + 1] = "---@param opts? " .. class
  end
  for _, result in ipairs(RESULTS[definition.name] or {}) do out[#out + 1] = "---@return " .. result end
  out[#out + 1] = ("function op.%s(%s) end"):format(definition.name, table.concat(names, ", "))
  out[#out + 1] = ""
end

local ENTRY_ARGUMENTS = {
  primary_key = { { "columns", "string|table" } },
  unique = { { "columns", "string|table" } },
  index = { { "columns", "string|curlew.Sql|table" } },
  check = { { "expression", "string|curlew.Sql|table" } },
  foreign_key = { { "columns", "string|string[]" }, { "referent", "string" }, { "referent_columns", "string|string[]" } },
  exclude = { { "exclusions", "table" } },
}
local ENTRY_ORDER = { "primary_key", "unique", "foreign_key", "check", "index", "exclude" }

local function write_entries(out)
  for _, kind in ipairs(ENTRY_ORDER) do
    out[#out + 1] = ("---@class curlew.entry.%s"):format(kind)
    out[#out + 1] = "---@field name? string|curlew.FinalName Name; else the naming convention's, else the server's"
    write_fields(out, entries.OPTIONS[kind])
    out[#out + 1] = ""
    out[#out + 1] = ("---A %s of a create_table."):format(kind:gsub("_", " "))
    local names = {}
    for _, arg in ipairs(ENTRY_ARGUMENTS[kind]) do
      names[#names + 1] = arg[1]
      out[#out + 1] = ("---@param %s %s"):format(arg[1], arg[2])
    end
    out[#out + 1] = "---@param opts? curlew.entry." .. kind
    out[#out + 1] = "---@return curlew.TableEntry"
    out[#out + 1] = ("function op.%s(%s, opts) end"):format(kind, table.concat(names, ", "))
    out[#out + 1] = ""
  end
end

local TYPE_KINDS = { strings = "string[]", type = "curlew.Type" }

local function write_types(out)
  out[#out + 1] = "---@class curlew.Types"
  for _, name in ipairs(types.names()) do
    local definition, params = types.definition(name), {}
    for _, arg in ipairs(definition.args or {}) do
      params[#params + 1] = ("%s%s: %s"):format(arg[1], arg.required and "" or "?", TYPE_KINDS[arg[2]] or arg[2])
    end
    local fields = {}
    for option, kind in pairs(definition.options or {}) do fields[#fields + 1] = option .. "?: " .. kind end
    table.sort(fields)
    if #fields > 0 then params[#params + 1] = ("options?: { %s }"):format(table.concat(fields, ", ")) end
    out[#out + 1] = ("---@field %s curlew.Type|fun(%s): curlew.Type"):format(name, table.concat(params, ", "))
  end
  out[#out + 1] = "---@field by_dialect fun(choices: table<string, curlew.Type>): curlew.Type"
  out[#out + 1] = ""
end

local HEAD = [[
---@meta op
-- Written by scripts/gen-stubs from the operations' definitions; do not edit.

---@class curlew.Null
---@class curlew.All
---@class curlew.FinalName
---@class curlew.TableEntry
---@class curlew.ByDialect
---@class curlew.Sql
---@field sql string

---@class curlew.Type
---@field name string
---@field length? integer
---@field precision? integer
---@field scale? integer
---@field timezone? boolean
---@field values? string[]

---@class curlew.BackfillResult
---@field rows integer
---@field batches integer
---@field skipped integer
---@field seconds number

---@class curlew.BackfillStats
---@field rows integer so far
---@field walked integer keys passed so far
---@field batches integer
---@field skipped integer
---@field batch_size integer of the next batch
---@field last number seconds that the last batch took
---@field seconds number since the run began

---@class curlew.Computed
---@field [1] string|curlew.Sql
---@field persisted? boolean
]]

local HELPERS = [[
---@class curlew.op
---@field types curlew.Types
---@field null curlew.Null SQL NULL
---@field all curlew.All Every row, as the `where` of update and delete
---@field dialect string "sqlite", "postgresql" or "mysql"
---@field json curlew.Json
local op = {}

---SQL text, raw wherever it is accepted.
---@param text string
---@return curlew.Sql
function op.sql(text) end

---A value that differs by dialect or server; `default` stands for all others.
---@param choices table<string, any>
---@return any
function op.by_dialect(choices) end

---A name that no naming convention is applied to.
---@param name string
---@return curlew.FinalName
function op.f(name) end

---A value written as a literal of the database.
---@param value any
---@return curlew.Sql
function op.literal(value) end

---The connection of the running migration.
---@return curlew.Conn
function op.get_bind() end

---What upgrade and downgrade get as their argument.
---@return curlew.Context
function op.get_context() end

---An inspector on the live catalog.
---@return curlew.Inspector
function op.inspect() end

---Runs a function outside of the transaction; within another such block it just runs it.
---@param fn fun()
function op.autocommit_block(fn) end

---Ends the transaction and begins another.
function op.commit() end

---Runs a function within a savepoint: what fails in it can be handled, and its rows are rolled back. On MySQL and
---MariaDB a definition (a CREATE, ALTER or DROP) commits by itself: it stays, whatever fails after it, and one that
---follows rows written in the same savepoint is refused.
---@param fn fun()
---@return boolean ok
---@return curlew.Error? err
function op.savepoint(fn) end

---Prints a line for people.
---@param text string
function op.log(text) end

---A random UUID as text.
---@return string
function op.uuid() end

---The time in UTC, "2026-11-20 10:30:00".
---@param offset_seconds? integer
---@return string
function op.now(offset_seconds) end

---Runs an operation's record.
---@param record table
---@return any
function op.invoke(record) end
]]

local function write_declarations(out)
  out[#out + 1] = "---@class curlew.CommonOptions"
  write_fields(out, check.COMMON)
  out[#out + 1] = ""
  out[#out + 1] = "---@class curlew.Identity"
  write_fields(out, column.IDENTITY)
  out[#out + 1] = ""
  out[#out + 1] = "---@class curlew.ColumnDeclaration"
  out[#out + 1] = "---@field [1] string Name"
  out[#out + 1] = "---@field [2] curlew.Type Type"
  write_fields(out, column.FIELDS)
  out[#out + 1] = ""
  out[#out + 1] = "---@class curlew.TableDeclaration"
  out[#out + 1] = "---@field [integer] curlew.ColumnDeclaration|curlew.TableEntry"
  write_fields(out, table_form.OPTIONS)
  out[#out + 1] = ""
end

--- What stands in lua/_meta/op.lua.
---@return string
function M.text()
  local library = require "curlew.op"
  local out = { HEAD }
  write_types(out)
  write_declarations(out)
  out[#out + 1] = HELPERS
  write_entries(out)
  for _, name in ipairs(library.NAMES) do write_operation(out, library.definition(name)) end
  local batch = require "curlew.op.batch_alter_table"
  local names = {}
  for name in pairs(batch.POSITIONS) do names[#names + 1] = name end
  table.sort(names)
  out[#out + 1] = "---Operations on one table: their arguments without the table."
  out[#out + 1] = "---@class curlew.Batch"
  for _, name in ipairs(names) do out[#out + 1] = ("---@field %s fun(...)"):format(name) end
  out[#out + 1] = "---@field execute fun(sql: string, params?: table)"
  out[#out + 1] = ""
  out[#out + 1] = "return op"
  return table.concat(out, "\n") .. "\n"
end

return M
