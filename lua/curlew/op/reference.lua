--- The reference pages (docs/reference/*.md): operations from their definitions, types from the dialects,
--- everything else from the stubs in lua/_meta. scripts/gen-docs writes them.

local column = require "curlew.schema.column"
local dialects = require "curlew.dialect"
local entries = require "curlew.schema.entries"
local errors = require "curlew.op.errors"
local stubs = require "curlew.op.stubs"
local table_form = require "curlew.schema.table"
local types = require "curlew.types"

local M = {}

local HEAD = "<!-- Written by scripts/gen-docs; do not edit. -->\n\n"

--- What is there when an operation's example runs.
M.SCHEMA = [[
op.create_table("teams", {
  { "id", types.integer, primary_key = true },
  { "name", types.varchar(50) },
  { "size", types.integer, server_default = 0 },
})
op.create_table("users", {
  { "id", types.integer, primary_key = true },
  { "email", types.varchar(120), nullable = false },
  { "name", types.varchar(120) },
  { "age", types.integer },
  { "team_id", types.integer },
})
op.create_table("notes", {
  { "id", types.integer, primary_key = true },
  { "user_id", types.integer, references = "users.id" },
  { "text", types.varchar(200) },
  op.unique({ "user_id", "text" }, { name = "notes_once" }),
  op.index({ "user_id" }, { name = "notes_by_user" }),
})
op.bulk_insert("teams", { { name = "Early shift" }, { name = "Late shift" } })
op.bulk_insert("users", {
  { email = "ann@example.org", name = "Ann", age = 31, team_id = 1 },
  { email = "ben@example.org", name = "Ben", age = 52, team_id = 2 },
})
op.insert("notes", { user_id = 2, text = "draft of a plan" })]]

--- The pages of operations: file, title, what to know first, the operations.
M.TOPICS = {
  { "tables", "Tables", "A table is its columns and entries, and options beside them.", {
    "create_table", "drop_table", "rename_table", "create_table_comment", "drop_table_comment", "batch_alter_table" } },
  { "columns", "Columns", "What `alter_column` doesn't mention stays as it is, on every server. What SQLite's ALTER TABLE "
    .. "can't do makes the table anew, inside of the transaction, with everything that belongs to it.", {
    "add_column", "drop_column", "alter_column" } },
  { "indexes", "Indexes", "An index without a name gets one from the project's `naming_convention`, else "
    .. "`ix_<table>_<columns>`; names longer than 63 bytes are cut and end in a hash, the same on every server.", {
    "create_index", "drop_index", "rename_index" } },
  { "constraints", "Constraints", "A constraint may go without a name (`nil`): the `naming_convention` gives it one, else "
    .. "the server does. One without a name is dropped by its type and columns.", {
    "create_primary_key", "create_unique_constraint", "create_check_constraint", "create_exclude_constraint",
    "create_foreign_key", "drop_constraint", "validate_constraint", "rename_constraint" } },
  { "enums", "Enums", "An enum is a type on PostgreSQL, created when the first column needs it; an ENUM column on MySQL and "
    .. "MariaDB; text with a CHECK on SQLite.", {
    "create_enum", "drop_enum", "add_enum_value", "alter_enum" } },
  { "objects", "Views, sequences, functions and triggers", "What a database has not is refused by name, before anything of "
    .. "the operation has run.", {
    "create_view", "replace_view", "drop_view", "create_sequence", "drop_sequence", "create_schema", "drop_schema",
    "create_extension", "drop_extension", "create_function", "drop_function", "create_trigger", "drop_trigger" } },
  { "rows", "Rows and SQL", "Values never become part of the SQL text: they are sent as parameters, and the journal does not "
    .. "keep them.", {
    "execute", "bulk_insert", "copy_from", "insert", "update", "delete" } },
  { "backfills", "Backfills", "Any number of rows, changed batch by batch along a key. A batch and its checkpoint are one "
    .. "transaction: killed anywhere and run again, every row is changed once. All three leave the migration's "
    .. "transaction, come back to one, and give `{ rows, batches, skipped, seconds }`.", {
    "batch_update", "batch_delete", "batch_each" } },
}

local TITLES = { sqlite = "SQLite", postgresql = "PostgreSQL", mariadb = "MariaDB", mysql = "MySQL" }
local SERVERS = { "sqlite", "postgresql", "mariadb", "mysql" }

local function cell(text) return (text:gsub("|", "\\|")) end

local function write_options(out, specs, heading)
  if #specs == 0 then return end
  out[#out + 1] = ("| %s | | |\n| --- | --- | --- |"):format(heading)
  for _, spec in ipairs(specs) do
    out[#out + 1] = ("| `%s` | `%s` | %s |"):format(spec[1], cell(spec.type or stubs.type_of(spec[2])), cell(spec.doc or ""))
  end
  out[#out + 1] = ""
end

local function code(text) return "```lua\n" .. text:gsub("^\n", ""):gsub("%s+$", "") .. "\n```\n" end

local function call(definition)
  local names = {}
  for _, arg in ipairs(definition.args) do names[#names + 1] = arg[1] end
  if definition.name ~= "batch_alter_table" and definition.name ~= "batch_each" then names[#names + 1] = "options" end
  return ("op.%s(%s)"):format(definition.name, table.concat(names, ", "))
end

local function write_operation(out, definition)
  out[#out + 1] = ("## %s\n"):format(definition.name)
  out[#out + 1] = ("`%s`\n"):format(call(definition))
  out[#out + 1] = stubs.description(definition.name) .. "\n"
  if rawget(definition, "not_on") then
    local names = {}
    for i, server in ipairs(definition.not_on) do names[i] = TITLES[server] end
    out[#out + 1] = ("Refused on %s.\n"):format(table.concat(names, ", "))
  end
  write_options(out, definition.args, "argument")
  write_options(out, definition.options or {}, "option")
  if rawget(definition, "example") then out[#out + 1] = code(definition.example) end
end

local function operations(topic)
  local library = require "curlew.op"
  local file, title, intro, names = table.unpack(topic)
  local out = { ("%s# %s\n"):format(HEAD, title), intro .. "\n" }
  out[#out + 1] = ("Every operation also takes `schema`, and accepts Alembic's `existing_*` options. %s\n"):format(
    "What the examples find is in [the schema of the examples](schema.md).")
  for _, name in ipairs(names) do write_operation(out, library.definition(name)) end
  if file == "tables" then
    out[#out + 1] = "## A column\n\n`{ name, type, field = value, ... }`\n"
    write_options(out, column.FIELDS, "field")
    out[#out + 1] = "`identity` has fields of its own:\n"
    write_options(out, column.IDENTITY, "field")
    out[#out + 1] = "## Entries besides columns\n"
    for _, kind in ipairs { "primary_key", "unique", "foreign_key", "check", "index", "exclude" } do
      out[#out + 1] = ("`op.%s(..., options)`; also `name`.\n"):format(kind)
      write_options(out, entries.OPTIONS[kind], "option")
    end
    out[#out + 1] = "## Options of a table\n"
    write_options(out, table_form.OPTIONS, "option")
  end
  return table.concat(out, "\n")
end

-- Types -------------------------------------------------------------------------------------------

--- One of each type as a script writes it, and options that change what it becomes.
local TYPES = {
  "smallint", "integer", "bigint", "numeric(10, 2)", "numeric(38, 10)", "real", "double", "float", "float(24)", "boolean",
  "varchar(120)", "varchar", "char(2)", "text", "text(1000000)", "blob", "blob(1000000)", "date", "time",
  "time { timezone = true }", "timestamp", "timestamp { precision = 6 }", "timestamp { timezone = true }", "datetime",
  "interval", "json", "jsonb", "uuid", 'enum("mood", { "good", "bad" })',
  'enum("mood", { "good", "bad" }, { native = false })', "array(types.integer)", 'raw "tsvector"',
}

local function written(dialect, kind)
  local ok, text = pcall(dialect.type, dialect, kind)
  if not ok then return errors.is(text) and "refused" or error(text, 0) end
  return "`" .. cell(text) .. "`"
end

local function types_page()
  local out = { HEAD .. "# Types\n" }
  out[2] = "`local types = op.types`; bare (`types.integer`) or called (`types.varchar(120)`). `string` and `binary` are other "
    .. "names of `varchar` and `blob`, `int`, `bool` and `decimal` of `integer`, `boolean` and `numeric`. "
    .. "`types.by_dialect { default = T, mysql = U }` is another type on each database.\n"
  local titles = {}
  for i, server in ipairs(SERVERS) do titles[i] = TITLES[server] end
  out[#out + 1] = ("| type | %s |\n| --- | --- | --- | --- | --- |"):format(table.concat(titles, " | "))
  for _, text in ipairs(TYPES) do
    local kind = load("local types = ... return types." .. text, "=type")(types.api)
    local cells = {}
    for i, server in ipairs(SERVERS) do
      cells[i] = written(dialects.get(server == "mariadb" and "mysql" or server, server), kind)
    end
    out[#out + 1] = ("| `%s` | %s |"):format(cell(text), table.concat(cells, " | "))
  end
  out[#out + 1] = [[

- Text types and enums take `{ collation = "..." }`.
- On SQLite an exact decimal of more than 15 digits and JSON are declared so that they are stored as text, which
  keeps every digit; such decimals are ordered as text.
- `timestamp` and `datetime` differ only on MySQL and MariaDB.
- MySQL and MariaDB print a `real` (FLOAT) with six digits where a query has no parameters; with parameters, and as
  `float` or `double`, it keeps all.

## Values

| in the database | in Lua |
| --- | --- |
| integers | integer |
| floating point | float |
| numeric | string with every digit |
| boolean | boolean; on SQLite by the declared type of the column, an expression gives an integer |
| text, blob, uuid, date, time, timestamp, interval, enum, array | string |
| json | text; `op.json.decode` makes a table of it |
| NULL | nil in a row, `op.null` in parameters and in `conn:column` |
| unsigned integers above 2^63-1 | string |
]]
  return table.concat(out, "\n")
end

-- From the stubs ----------------------------------------------------------------------------------

--- "{ a: string }|fun(): string the words" -> the type, the words.
local function split_type(text)
  local depth = 0
  for at = 1, #text do
    local c = text:sub(at, at)
    if c:find("[({<%[]") then depth = depth + 1 end
    if c:find("[)}>%]]") then depth = depth - 1 end
    if c == " " and depth == 0 and text:sub(at - 1, at - 1) ~= ":" then return text:sub(1, at - 1), text:sub(at + 1) end
  end
  return text, ""
end

--- Reads LuaCATS text: functions with their comments, and classes with their fields.
local function read_stubs(text)
  local items, block, fields = {}, {}, nil
  for line in text:gmatch("([^\n]*)\n") do
    local name, rest = line:match("^%-%-%-@field (%S+) (.*)$")
    if name then
      local kind, doc = split_type(rest)
      if fields then fields[#fields + 1] = { name, type = kind, doc = doc } end
    elseif line:match("^%-%-%-@class") then
      fields = {}
      items[#items + 1] = { class = line:match("^%-%-%-@class (%S+)"):gsub(":$", ""), fields = fields, doc = block }
      block = {}
    elseif line:match("^%-%-%-") then
      block[#block + 1] = line:sub(4)
    else
      local owner, separator, method, args = line:match("^function (%w+)([.:])([%w_]+)%((.-)%) end")
      if method then items[#items + 1] = { owner = owner, separator = separator, name = method, args = args, doc = block } end
      block = {}
      if not line:match("^local") then fields = nil end
    end
  end
  return items
end

local function write_function(out, item, prefix)
  local text, params, returns = {}, {}, {}
  for _, line in ipairs(item.doc) do
    local name, rest = line:match("^@param (%S+) (.+)$")
    local result = line:match("^@return (.+)$")
    if name then
      local kind, doc = split_type(rest)
      params[#params + 1] = { name, type = kind, doc = doc }
    elseif result then returns[#returns + 1] = "`" .. result .. "`"
    elseif line:sub(1, 1) ~= "@" then text[#text + 1] = line end
  end
  out[#out + 1] = ("## %s\n\n`%s%s%s(%s)`%s\n"):format(item.name, prefix, item.separator, item.name, item.args,
    #returns > 0 and " -> " .. table.concat(returns, ", ") or "")
  if #text > 0 then out[#out + 1] = table.concat(text, "\n") .. "\n" end
  write_options(out, params, "argument")
end

local function from_stubs(title, intro, text, wanted, prefix)
  local out = { ("%s# %s\n"):format(HEAD, title), intro .. "\n" }
  for _, item in ipairs(read_stubs(text)) do
    if item.owner and wanted(item) then
      write_function(out, item, prefix)
    elseif item.class and wanted(item) then
      local words = {}
      for _, line in ipairs(item.doc) do
        if line:sub(1, 1) ~= "@" then words[#words + 1] = line end
      end
      if item.heading ~= false then out[#out + 1] = ("### %s\n"):format(item.class:gsub("^curlew%.", "")) end
      if #words > 0 then out[#out + 1] = table.concat(words, "\n") .. "\n" end
      write_options(out, item.fields, "field")
    end
  end
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

--- The examples of what is no operation, by page.
M.EXAMPLES = {
  script = [[
-- A statement that may fail, and what to do then:
local ok, err = op.savepoint(function() op.execute "INSERT INTO nowhere VALUES (1)" end)
if not ok then op.log("left out: " .. err.message) end

-- Part by part, each its own transaction; a run that is stopped goes on after the last one:
for team = 1, 2 do
  op.update("users", { age = 40 }, { team_id = team })
  op.commit()
end

-- Outside of any transaction:
op.autocommit_block(function()
  op.execute(op.dialect == "mysql" and "ANALYZE TABLE users" or "ANALYZE users")
end)

if not op.inspect():has_column("users", "nick") then
  op.add_column("users", { "nick", types.varchar(30) })
end]],
  connection = [[
local conn = op.get_bind()
for user in conn:rows("SELECT id, name FROM users WHERE age > :age", { age = 18 }) do
  conn:execute("UPDATE users SET name = ? WHERE id = ?", { user.name:upper(), user.id })
end
conn:execute("INSERT INTO teams (name) VALUES (?)", { { "a" }, { "b" }, { "c" } }) -- one batch
local count = conn:scalar "SELECT count(*) FROM users"
local names = conn:column("SELECT name FROM users WHERE id IN :ids ORDER BY id", { ids = { 1, 2 } })
op.log(("%d users, the first is %s"):format(count, names[1]))]],
  inspector = [[
local i = op.inspect()
for _, name in ipairs(i:tables()) do
  for _, c in ipairs(i:columns(name)) do
    op.log(("%s.%s %s%s"):format(name, c.name, c.type, c.nullable and "" or " NOT NULL"))
  end
end
if i:has_index("notes", "notes_by_user") then op.drop_index("notes_by_user", { table = "notes" }) end]],
}

local function any() return true end

--- All pages: text by file name.
---@param read fun(path: string): string reads a file of the project
---@return table<string, string>
function M.pages(read)
  local pages = { ["types.md"] = types_page() }
  for _, topic in ipairs(M.TOPICS) do pages[topic[1] .. ".md"] = operations(topic) end
  local library = require "curlew.op"
  pages["script.md"] = from_stubs("What else a script has", "Transactions, values and the database, beside the operations.\n\n"
    .. code(M.EXAMPLES.script), stubs.text(),
    function(item) return item.owner == "op" and not library.definition(item.name) and not entries.OPTIONS[item.name] end, "op")
  pages["connection.md"] = from_stubs("The connection", "`op.get_bind()` in a migration, the argument of hooks and tests, "
    .. "`curlew.connect(url)` in a configuration.\n\n" .. code(M.EXAMPLES.connection), read "lua/_meta/conn.lua", any, "conn")
  pages["inspector.md"] = from_stubs("The inspector", "`op.inspect()` or `conn:inspect()`: what the live catalog says, asked "
    .. "anew by every call.\n\n" .. code(M.EXAMPLES.inspector), read "lua/_meta/inspector.lua", any, "inspector")
  pages["context.md"] = from_stubs("A revision and its context", "What a revision file returns, and what `upgrade` and "
    .. "`downgrade` are called with.", read "lua/_meta/ctx.lua", any, "ctx")
  pages["configuration.md"] = from_stubs("Configuration", "What `curlew.lua` returns.", read "lua/_meta/config.lua", any,
    "config")
  pages["schema.md"] = HEAD .. "# The schema of the examples\n\n" .. code(M.SCHEMA)
  return pages
end

return M
