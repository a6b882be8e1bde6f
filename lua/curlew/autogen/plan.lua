--- One run of autogenerate: both sides read, compared, ordered, shown to the project's hook, and turned round for
--- the way back.

local compare = require "curlew.autogen.compare"
local declared_form = require "curlew.autogen.declared"
local normal = require "curlew.autogen.normal"
local op = require "curlew.op"
local order = require "curlew.autogen.order"
local quick = require "curlew.autogen.quick"
local scratch = require "curlew.autogen.scratch"
local sides = require "curlew.autogen.sides"
local textual = require "curlew.autogen.textual"

local M = {}

--- The records that undo a list, newest first. One that can't be undone is noted where its turn is.
---@param records table[]
---@return table[] down
local function undo(records)
  local down = {}
  for i = #records, 1, -1 do
    local record = records[i]
    local back = record.restore or op.reverse(record)
    for _, own in ipairs(back or { { op = "irreversible", record = record } }) do down[#down + 1] = own end
  end
  return down
end

--- The project's own hand: it may change the list it gets, or return another.
local function ask_hook(run, records)
  local hook = run.config.on_autogenerate
  if type(hook) ~= "function" then return records end
  local make = setmetatable({}, { __index = function(_, name)
    local definition = op.definition(name)
    if not definition then
      error({ code = "hook", message = ("on_autogenerate: there is no operation %s"):format(tostring(name)) }, 0)
    end
    return function(...) return sides.record(run, definition, select("#", ...), { ... }) end
  end })
  local result = hook(records, make)
  if result == nil then result = records end
  if type(result) ~= "table" then
    error({ code = "hook", message = "on_autogenerate must return a list of operations or nothing, got "
      .. require("curlew.op.errors").show(result) }, 0)
  end
  local list = {}
  for i = 1, #result do
    local record = result[i]
    if type(record) ~= "table" or not op.definition(record.op) then
      error({ code = "hook", message = ("on_autogenerate: entry %d is no operation"):format(i),
        hint = "Its second argument makes them: make.create_index(\"name\", \"table\", { \"column\" })." }, 0)
    end
    list[i] = record
  end
  return list
end

--- What has to go through the server: what is not certainly the same already. A view of MySQL stands on tables of its
--- own database, so there all of them have to.
local function unsettled(x)
  local rest = { tables = {}, enums = x.declared.enums, views = x.declared.views, sequences = {} }
  local sequences = normal.by(x.real.sequences)
  local whole = x.dialect.name == "mysql" and #x.declared.views > 0
  for _, t in ipairs(x.declared.tables) do
    local real = x.real_by_key[normal.key(t)]
    if not whole and real and quick.same(x, t, real) then
      x.settled[#x.settled + 1] = real
    else
      declared_form.validate(x.dialect, t)
      rest.tables[#rest.tables + 1] = t
    end
  end
  for _, s in ipairs(x.declared.sequences) do
    local real = sequences[normal.key(s)]
    if real and normal.same(real.options, s.options) then
      x.settled_sequences[#x.settled_sequences + 1] = real
    else
      rest.sequences[#rest.sequences + 1] = s
    end
  end
  return rest
end

--- The models' side in the normal form.
local function read_wanted(x)
  x.settled, x.settled_sequences = {}, {}
  local rest = unsettled(x)
  if #rest.tables + #rest.views + #rest.sequences == 0 then
    x.wanted = normal.new()
  else
    x.wanted = scratch.read(x.run, rest, x.schemas) or textual.read(x, rest)
  end
  x.wanted.enums = {}
  for i, enum in ipairs(x.declared.enums) do
    x.wanted.enums[i] = { name = enum.name, schema = enum.schema, values = enum.values }
  end
  table.move(x.settled, 1, #x.settled, #x.wanted.tables + 1, x.wanted.tables)
  table.move(x.settled_sequences, 1, #x.settled_sequences, #x.wanted.sequences + 1, x.wanted.sequences)
  for _, kind in ipairs { "tables", "enums", "sequences" } do normal.sort(x.wanted[kind]) end
end

---@param run curlew.AutogenRun
---@return curlew.AutogenResult
function M.run(run)
  local declared = declared_form.read(run.metadata, run.dialect, run.naming_convention)
  local x = compare.new { run = run, conn = run.conn, dialect = run.dialect, config = run.config or {}, declared = declared,
    comparators = run.comparators }
  sides.read_real(x)
  x.declared_by_key = normal.by(declared.tables)
  x.problems = {}
  function x:problem(text, ...) self.problems[#self.problems + 1] = text:format(...) end
  require "curlew.autogen.renames"(x)
  x.real_by_key = normal.by(x.real.tables)
  read_wanted(x)
  sides.finish_wanted(x)
  x.wanted_by_key = normal.by(x.wanted.tables)
  compare.run(x)
  local up = ask_hook(run, order.records(x.changes))
  return { up = up, down = undo(up), notes = x.notes, problems = x.problems, others = x.real.others }
end

return M
