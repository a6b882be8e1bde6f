--- The `op` module: its operations in reading order, what scripts get, and what the core asks of a record.

local check = require "curlew.op.check"
local digest = require "curlew.op.digest"
local entries = require "curlew.schema.entries"
local errors = require "curlew.op.errors"
local inspect = require "curlew.inspect"
local marks = require "curlew.op.marks"
local shadow = require "curlew.shadow"
local suggest = require "curlew.suggest"
local types = require "curlew.types"
local _ = require "curlew.schema.column" -- its kinds are used by the definitions

local M = {}

--- The operations, in the order of the documentation. A new one is a file and a line here.
M.NAMES = {
  "create_table", "drop_table", "rename_table",
  "add_column", "drop_column", "alter_column",
  "create_index", "drop_index", "rename_index",
  "create_primary_key", "create_unique_constraint", "create_check_constraint", "create_exclude_constraint",
  "create_foreign_key", "drop_constraint", "validate_constraint", "rename_constraint",
  "create_table_comment", "drop_table_comment",
  "create_enum", "drop_enum", "add_enum_value", "alter_enum",
  "create_schema", "drop_schema", "create_sequence", "drop_sequence",
  "create_view", "replace_view", "drop_view",
  "create_extension", "drop_extension", "create_function", "drop_function", "create_trigger", "drop_trigger",
  "batch_alter_table",
  "execute", "bulk_insert", "copy_from", "insert", "update", "delete",
  "batch_update", "batch_delete", "batch_each",
}

---@class curlew.Operation
---@field name string
---@field args table[] list of { name, kind, doc =, lazy = }
---@field options table[]? likewise
---@field ddl boolean? whether it defines something; is_ddl(record) where that depends
---@field autocommit (fun(record: table, dialect: table): boolean)? leaves the transaction by itself
---@field destructive boolean?
---@field normalise (fun(record: table, context: table): table)?
---@field summary (fun(record: table): string)?
---@field reverse (fun(record: table): table[]?)?
---@field probe (fun(record: table, inspector: table): boolean?)?
---@field digest (fun(record: table): table)? what identifies it, unless that is the whole record
---@field identity (fun(record: table): string?)? what its description depends on, where loops call it: a text, or nil
---@field journal (fun(record: table): table)? what the journal keeps, unless that is the whole record
---@field render (fun(record: table): string)? Lua source, unless render.lua knows it from the arguments
---@field run (fun(record: table, host: table): any)? instead of statements: what it does
---@field execute (fun(record: table, conn: table, dialect: table): integer?)? the work of a step that is no statements
---@field executes (fun(record: table, dialect: table): boolean)? whether it does so there (plugins)
---@field arrange (fun(count: integer, args: table): integer, table)? the arguments of a call in their order (plugins)
---@field plugin string? whose it is
---@field like string? the built-in operation whose arguments it has (plugins)
---@field own_options table[]? options beside those
---@field result (fun(record: table, affected: integer, key: any, skipped: boolean, offline: boolean): any)? what the
--- script gets

local definitions = {}
local built = {} -- what makes an operation callable in the `op` modules that are there already

--- Adds an operation (plugins).
---@param definition curlew.Operation
function M.define(definition)
  definitions[definition.name] = definition
  for _, add in ipairs(built) do add(definition) end
end

for _, name in ipairs(M.NAMES) do M.define(require("curlew.op." .. name)) end

---@param name string
---@return curlew.Operation?
function M.definition(name) return definitions[name] end

--- Whether `op` has something of the name that is no operation, so that none can be called so.
---@param name string
---@return boolean
function M.reserved(name)
  local host = setmetatable({}, { __index = function() return function() end end })
  return name == "dialect" or M.helpers(host)[name] ~= nil
end

--- Checks a call's arguments and makes its record.
---@param definition curlew.Operation
---@param context curlew.CheckContext
---@param count integer
---@param args table
---@return table record
function M.record(definition, context, count, args)
  local values, options = check.arguments(definition, context, count, args)
  local record = { op = definition.name }
  for key, value in pairs(options) do
    if definition.keeps_existing or not key:find("^existing_") then record[key] = value end
  end
  for key, value in pairs(values) do record[key] = value end
  if definition.normalise then
    local normal = definition.normalise(record, context)
    normal.op = normal.op or record.op
    record = normal
  end
  context.dialect:check(record)
  return record
end

local function of(record) return definitions[record.op] or error("no such operation: " .. tostring(record.op)) end

local function summary(definition, record)
  if definition.summary then return definition.summary(record) end
  return record.op .. (record.table and " " .. record.table or record.name and " " .. record.name or "")
end

--- The last description of an operation, since loops make the same one with other values.
local described = setmetatable({}, { __mode = "k" })

--- What the core needs to know of a record before it runs it.
---@param record table
---@param dialect curlew.Dialect
---@return table { summary, ddl, autocommit, probe, destructive, execute, group, digest, record }
function M.describe(record, dialect)
  local definition = of(record)
  local identity = definition.identity and definition.identity(record)
  local last = identity and described[definition]
  if last and last.identity == identity and last.dialect == dialect then return last.description end
  local ddl = definition.ddl
  if definition.is_ddl then ddl = definition.is_ddl(record) end
  local description = {
    summary = summary(definition, record),
    ddl = ddl == true,
    autocommit = definition.autocommit ~= nil and definition.autocommit(record, dialect) or false,
    probe = definition.probe ~= nil,
    destructive = definition.destructive == true,
    execute = definition.executes ~= nil and definition.executes(record, dialect),
    group = dialect:group(record),
    digest = digest.text(definition.digest and definition.digest(record) or record),
    record = digest.plain(definition.journal and definition.journal(record) or record, dialect),
  }
  if identity then described[definition] = { identity = identity, dialect = dialect, description = description } end
  return description
end

--- Statements of one record, or of several of a group.
---@param records table a record, or a list of them
---@param env { dialect: curlew.Dialect, conn: table?, offline: boolean?, server_version: string? }
---@return table[]
function M.compile(records, env)
  if records.op then records = { records } end
  env.shadow = shadow.of(env)
  local list = env.dialect:statements(records, env)
  for _, record in ipairs(env.shadow and records or {}) do
    env.shadow:apply(record)
    if of(record).plugin then -- what it does is known from its SQL alone
      for _, statement in ipairs(list) do env.shadow:saw(statement.sql) end
    end
  end
  return list
end

--- Does the work of an operation that is no list of statements.
---@param record table
---@param conn table whose SQL is a part of the step
---@param dialect curlew.Dialect
---@return integer? affected rows
function M.execute(record, conn, dialect) return of(record).execute(record, conn, dialect) end

--- Whether an operation has happened: true, false, or nil when the catalog can't tell.
---@param record table
---@param env table
---@return boolean?
function M.probe(record, env)
  local definition = of(record)
  if not definition.probe or not env.conn then return nil end
  return definition.probe(record, inspect.new(env.conn, env.dialect), env)
end

--- The records that undo an operation, in the order to run them, or nil.
---@param record table
---@return table[]?
function M.reverse(record)
  local definition = of(record)
  return definition.reverse and definition.reverse(record) or nil
end

--- The Lua source of the call that makes a record.
---@param record table
---@return string
function M.render(record) return require("curlew.op.render").source(record) end

-- What scripts get --------------------------------------------------------------------------------

local function new_context(name, host, state)
  return check.context {
    op = name, dialect = host.dialect(), enums = state.enums,
    naming = (host.context().config or {}).naming_convention,
  }
end

--- Runs a record; gives what the script gets.
local function run(definition, host, record)
  if definition.run then return definition.run(record, host) end
  local affected, key, skipped = host.step(record)
  if definition.result then return definition.result(record, affected, key, skipped, host.context().offline) end
end

--- The function op.<name>.
local function operation(definition, host, state)
  return function(...)
    host.running()
    local context = new_context(definition.name, host, state)
    local count, args = select("#", ...), { ... }
    if definition.arrange then count, args = definition.arrange(count, args) end
    return run(definition, host, errors.at_caller(M.record, definition, context, count, args))
  end
end

--- op.batch_alter_table(table, options, fn); options may be left out.
local function batch(host, state)
  local definition = definitions.batch_alter_table
  local function make(name, arguments)
    local own = definitions[name]
    return errors.at_caller(function()
      local count, args = arguments(own)
      return M.record(own, new_context("batch_alter_table: t." .. name, host, state), count, args)
    end)
  end
  return function(table_name, options, fn)
    host.running()
    if type(options) == "function" and fn == nil then options, fn = nil, options end
    local context = new_context(definition.name, host, state)
    local record = errors.at_caller(function()
      local values = check.arguments(definition, context, 3, { table_name, options, fn })
      return { table = values.table, schema = definition.schema_of(values.options, context) }
    end)
    local t, flush = definition.object(record, host.dialect(), make, function(own) run(definition, host, own) end)
    t.execute = function(...)
      flush()
      return operation(definitions.execute, host, state)(...)
    end
    fn(t)
    flush()
  end
end

local function uuid()
  -- Lua's own generator may have been seeded by the script, and would then repeat itself.
  local source <close> = assert(io.open("/dev/urandom", "rb"))
  local bytes = { source:read(16):byte(1, 16) }
  bytes[7], bytes[9] = bytes[7] & 0x0f | 0x40, bytes[9] & 0x3f | 0x80
  return ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x"):format(table.unpack(bytes))
end

--- Everything of `op` that is no operation.
function M.helpers(host)
  local function misuse(text, ...) errors.at_caller(errors.usage, text, ...) end
  local api = {
    types = types.api, json = require "curlew.json",
    sql = marks.sql, null = marks.null, all = marks.all, by_dialect = marks.by_dialect, f = marks.f,
    get_bind = function() return host.conn() end,
    get_context = function() return host.context() end,
    uuid = uuid,
  }
  for name, construct in pairs(entries.api()) do api[name] = construct end
  function api.literal(value)
    local dialect = host.dialect()
    return marks.sql(errors.at_caller(dialect.literal, dialect, value))
  end
  function api.log(text)
    if type(text) ~= "string" then text = tostring(text) end
    host.log(text)
  end
  function api.now(offset)
    offset = offset == nil and 0 or math.tointeger(offset)
    if not offset then misuse "op.now: takes a whole number of seconds" end
    return os.date("!%Y-%m-%d %H:%M:%S", os.time() + offset)
  end
  function api.autocommit_block(fn)
    if type(fn) ~= "function" then misuse("op.autocommit_block: takes a function, got %s", errors.show(fn)) end
    host.running()
    return host.autocommit(fn)
  end
  function api.commit()
    host.running()
    return host.commit()
  end
  function api.savepoint(fn)
    if type(fn) ~= "function" then misuse("op.savepoint: takes a function, got %s", errors.show(fn)) end
    host.running()
    return host.savepoint(fn)
  end
  function api.inspect()
    host.running()
    return host.conn():inspect()
  end
  function api.invoke(record)
    if type(record) ~= "table" or not definitions[record.op] then
      misuse("op.invoke: takes an operation's record, got %s", errors.show(record))
    end
    host.running()
    return run(definitions[record.op], host, record)
  end
  return api
end

--- The `op` module of one script host.
---@param host table the functions that C gives; see lua/README.md
---@return table op
function M.build(host)
  local state = { enums = {} }
  local api = M.helpers(host)
  for name, definition in pairs(definitions) do api[name] = operation(definition, host, state) end
  api.batch_alter_table = batch(host, state)
  built[#built + 1] = function(definition) api[definition.name] = operation(definition, host, state) end
  -- The table that scripts hold is empty, so that no script changes the module under another's feet.
  return setmetatable({}, {
    __index = function(_, name)
      local found = api[name]
      if found ~= nil then return found end
      if name == "dialect" then return host.dialect().name end
      local names = { "dialect" }
      for known in pairs(api) do names[#names + 1] = known end
      table.sort(names)
      return errors.at_caller(errors.usage, "op.%s: no such operation%s", tostring(name), suggest.hint(name, names))
    end,
    __pairs = function() return next, api end,
    __newindex = function(_, name)
      return errors.at_caller(errors.usage, "op.%s: the op module can't be changed; a plugin adds operations",
        tostring(name))
    end,
  })
end

return M
