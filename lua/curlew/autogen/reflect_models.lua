--- A database as the text of models.lua: what autogenerate's own reflection says, in the shape that a person would
--- declare it in. What has no shape there stands as a comment.

local layout = require "curlew.autogen.layout"
local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"
local render = require "curlew.op.render"
local sides = require "curlew.autogen.sides"

local M = {}

--- The library's source says op.sql and the like; a models file says schema.sql.
local function in_models(source)
  return layout.in_code(source, function(code) return (code:gsub("%f[%w_]op%.", "schema.")) end)
end

--- The declaration that an operation's call would be.
local function declaration(method, record, naming)
  local source = render.source(record, { naming = naming or {} })
  return layout.layout(in_models((source:gsub("^op%.[%l_]+%(", "M:" .. method .. "(", 1))), "")
end

local NAMES = {
  primary_key = function(t) return t .. "_pkey" end,
  unique = function(t, columns) return t .. "_" .. columns .. "_key" end,
  foreign_key = function(t, columns) return t .. "_" .. columns .. "_fkey" end,
}

--- Leaves out the names that PostgreSQL would give by itself.
local function unname(d, record, convention)
  if d.name ~= "postgresql" or convention then return end
  for _, c in ipairs(record.constraints) do
    local name = NAMES[c.kind] and NAMES[c.kind](record.table, table.concat(c.columns, "_"))
    if name == c.name and #name <= 63 then c.name = nil end
  end
end

local function table_text(x, t)
  local record = normal.create_table(t)
  record.schema = nil
  unname(x.dialect, record, x.run.naming_convention)
  record.schema = t.schema
  return declaration("table", record, x.run.naming_convention)
end

local function enum_text(enum)
  return declaration("enum", { op = "create_enum", name = enum.name, schema = enum.schema, values = enum.values })
end

local function view_text(v)
  return declaration("view", { op = "create_view", name = v.name, schema = v.schema, query = v.query,
    columns = v.columns, materialized = v.materialized })
end

local function sequence_text(s)
  local record = { op = "create_sequence", name = s.name, schema = s.schema }
  for option, value in pairs(s.options) do record[option] = value end
  return declaration("sequence", record)
end

--- "-- trigger touch on users, which models can't say: CREATE TRIGGER ..."
local function other_text(other)
  local lines = {}
  local text = ("%s %s%s is no part of models"):format(other.kind, other.name, other.table and " on " .. other.table or "")
  for line in ((other.text and text .. ":\n" .. other.text or text) .. "\n"):gmatch("(.-)\r?\n") do
    lines[#lines + 1] = ("-- " .. line):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

local function of_table(list, name)
  local kept = {}
  for _, item in ipairs(list) do
    if item.name == name or item.table == name then kept[#kept + 1] = item end
  end
  return kept
end

--- The text of one table alone, or of the whole schema.
---@param run curlew.AutogenRun
---@return string
function M.text(run)
  local x = { dialect = run.dialect, run = run, config = run.config or {}, changes = {},
    declared = { tables = {}, enums = {}, views = {}, sequences = {} } }
  function x:fold(name) return self.dialect.name == "postgresql" and name or name:lower() end
  function x:add() local _ = self end
  sides.read_real(x)
  local real = x.real
  if run.only then
    local tables = of_table(real.tables, run.only)
    if #tables == 0 then
      local names = {}
      for i, t in ipairs(real.tables) do names[i] = t.name end
      error({ code = "usage", message = ("there is no table %s%s"):format(run.only,
        require("curlew.suggest").hint(run.only, names)), hint = "`curlew reflect` without --table prints all of them." }, 0)
    end
    real = { tables = tables, enums = {}, views = {}, sequences = {}, others = of_table(real.others, run.only) }
  end
  local lines = { 'local schema = require "curlew.schema"', "local types = schema.types", "",
    "local M = schema.metadata()" }
  local function add(text) lines[#lines + 1], lines[#lines + 2] = "", text end
  local enums = {}
  for _, enum in ipairs(real.enums) do enums[#enums + 1] = enum_text(enum) end
  if #enums > 0 then add(table.concat(enums, "\n")) end
  for _, s in ipairs(real.sequences) do add(sequence_text(s)) end
  for _, t in ipairs(real.tables) do add(table_text(x, t)) end
  for _, v in ipairs(order.by_mention(real.views)) do add(view_text(v)) end
  for _, other in ipairs(real.others) do add(other_text(other)) end
  lines[#lines + 1], lines[#lines + 2] = "", "return M"
  return table.concat(lines, "\n") .. "\n"
end

return M
