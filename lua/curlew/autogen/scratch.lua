--- The declared schema put through the server: made in a scratch place, read by the catalog like the real one,
--- and gone afterwards. Where that place is, dialect/<d>/scratch.lua knows:
---
---     open(d, run, schemas) -> place, or nil: this account can't have one
---     place.conn, place.schemas   what the catalog reads: { { name =, as = }, ... }
---     place.of(schema) -> the name to write for a declared schema, nil for none
---     place.try(fn) -> true or false, err    without harm to what was made before
---     place.close()
---
--- Foreign keys stay behind: what they say is what is declared, no server writes it in another way, and so tables
--- can be made in any order.

local errors = require "curlew.op.errors"
local expression = require "curlew.autogen.expression"
local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"

local M = {}

local function execute(x, record)
  local env = { dialect = x.dialect, conn = x.place.conn, server_version = nil }
  for _, statement in ipairs(x.dialect:statements({ record }, env)) do x.place.conn:execute(statement.sql) end
end

--- What the server says no to is said at the declaration.
local function refused(declared, what, e)
  local message = type(e) == "table" and e.message or tostring(e)
  local known = type(e) == "table" and (e.code == "statement" or e.code == "script" or e.code == "unsupported")
  if not known then error(e, 0) end
  error({ code = "config", file = declared.file, line = declared.line,
    message = ("%s %s: the database does not take it: %s"):format(what, errors.show(declared.name), message),
    hint = "Correct the declaration; nothing was changed." }, 0)
end

local function make(x, declared, what, record)
  local ok, e = pcall(execute, x, record)
  if not ok then refused(declared, what, e) end
end

--- A declared table's record as it is made in the scratch place.
local function table_record(x, declared)
  local record = normal.copy(declared.record)
  record.schema = x.place.of(record.schema)
  record.if_not_exists = nil
  for _, c in ipairs(record.columns) do
    local t = c.type.name == "array" and c.type.of or c.type
    if t.name == "enum" and x.dialect:enum_is_type(t) then
      t.known, t.schema = true, x.place.of(t.schema)
    end
  end
  if x.place.without_keys then
    local kept = {}
    for _, c in ipairs(record.constraints) do
      if c.kind ~= "foreign_key" then kept[#kept + 1] = c end
    end
    record.constraints = kept
  end
  return record
end

local function view_record(x, view, query)
  return { op = "create_view", name = view.name, schema = x.place.of(view.schema), query = query,
    columns = view.columns, materialized = view.materialized }
end

--- Views may stand on each other in any order of declaration: those that fail are tried again as long as others
--- succeed.
local function make_views(x, views)
  local pending = order.by_mention(views) -- or one would stand on the real view of that name
  while #pending > 0 do
    local left, first = {}, nil
    for _, view in ipairs(pending) do
      local query = expression.requalify(view.query, function(schema)
        local there = x.place.of(schema)
        return there ~= schema and there or nil
      end)
      local ok, e = x.place.try(function() execute(x, view_record(x, view, query)) end)
      if not ok and query ~= view.query then -- on something that is in the real schema only
        ok, e = x.place.try(function() execute(x, view_record(x, view, view.query)) end)
      end
      if not ok then
        left[#left + 1] = view
        first = first or { view, e }
      end
    end
    if #left == #pending then refused(first[1], "view", first[2]) end
    pending = left
  end
end

local function made(x, declared)
  for _, enum in ipairs(declared.enums) do
    make(x, enum, "enum", { op = "create_enum", name = enum.name, schema = x.place.of(enum.schema), values = enum.values })
  end
  for _, sequence in ipairs(declared.sequences) do
    local record = normal.copy(sequence.record)
    record.schema = x.place.of(sequence.schema)
    make(x, sequence, "sequence", record)
  end
  for _, t in ipairs(declared.tables) do make(x, t, "table", table_record(x, t)) end
  make_views(x, declared.views)
  return normal.of_dialect(x.dialect, "catalog").read(x.dialect, x.place.conn, { schemas = x.place.schemas, scratch = true })
end

--- The declared schema in the normal form; nil when there is no scratch place to be had.
---@param run curlew.AutogenRun
---@param declared table see declared.lua
---@param schemas string[] the other schemas that are compared
---@return table? schema
function M.read(run, declared, schemas)
  local place = normal.of_dialect(run.dialect, "scratch").open(run.dialect, run, schemas)
  if not place then return nil end
  local x = { dialect = run.dialect, place = place }
  local ok, result = pcall(made, x, declared)
  place.close()
  if not ok then error(result, 0) end
  return result
end

return M
