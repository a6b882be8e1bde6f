--- What the core asks of autogenerate: each job gets the host's handles and plain arguments, and gives plain data.

local autogen = require "curlew.autogen"
local declared = require "curlew.autogen.declared"
local op = require "curlew.op"

local M = {}

--- The settings of the entry of `databases` over those of the project.
local function settings(args)
  local config = {}
  for _, source in ipairs { args.project or {}, args.config or {} } do
    for key, value in pairs(source) do config[key] = value end
  end
  return config
end

local function run_of(host, args)
  local config = settings(args)
  return {
    conn = host.conn, dialect = host.dialect, open_memory = host.open_memory, config = config,
    naming_convention = config.naming_convention, service = args.service, service_schema = args.service_schema,
    comparators = require("curlew.autogen.plugins").list(),
  }
end

--- A difference as commands show it.
local function shown(record)
  local definition = op.definition(record.op)
  local summary = definition and definition.summary and definition.summary(record)
    or record.op .. " " .. tostring(record.table or record.name or "")
  return { op = record.op, table = record.table or record.name, schema = record.schema, summary = summary,
    source = require("curlew.op.render").source(record), destructive = record.lost ~= nil or nil }
end

--- Objects that models can't say are not compared, which is said.
local function left_out(others)
  local names = {}
  for i, other in ipairs(others) do
    if i <= 10 then names[i] = ("%s %s"):format(other.kind, other.name) end
  end
  if #others > #names then names[#names + 1] = ("and %d more"):format(#others - #names) end
  return ("not compared, since models can't say it: %s"):format(table.concat(names, ", "))
end

--- What has to be done: { differences, notes, problems, upgrade, downgrade }.
function M.compare(host, args)
  local run = run_of(host, args)
  if run.config.models == nil then
    error({ code = "config", message = "there are no models to compare with: curlew.lua sets no `models`",
      hint = "Set models = \"models\" and declare the schema in models.lua; `curlew reflect > models.lua` writes it from "
        .. "the database." }, 0)
  end
  run.metadata = declared.load(run.config.models)
  local result = autogen.run(run)
  local out = { differences = {}, notes = result.notes, problems = result.problems }
  if not args.write and #result.others > 0 then table.insert(out.notes, left_out(result.others)) end
  for i, record in ipairs(result.up) do out.differences[i] = shown(record) end
  if args.write and #result.up > 0 then
    local bodies = autogen.write(result, run)
    out.upgrade, out.downgrade = bodies.upgrade, bodies.downgrade
  end
  return out
end

--- The text of models.lua.
function M.reflect(host, args)
  local run = run_of(host, args)
  run.only = args.table
  return { text = autogen.reflect(run) }
end

return M
