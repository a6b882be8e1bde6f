--- Which record comes when. Records are collected in phases, each of which can rely on those before it; undoing
--- them in the reverse order then works by itself. Nothing here recurses: a chain of foreign keys may be as long
--- as a schema has tables.

local expression = require "curlew.autogen.expression"
local normal = require "curlew.autogen.normal"

local M = {}

--- The phases, first to last.
M.PHASES = {
  "drop_view", "rename", "drop_key", "drop_table", "create_enum", "create_sequence", "create_table", "alter", "add_key",
  "drop_sequence", "drop_enum", "create_view", "other",
}

--- Within a table's changes: what stands in the way goes first.
M.RANKS = {
  drop_index = 1, drop_constraint = 2, add_column = 3, alter_column = 4, drop_column = 5, add_constraint = 6,
  create_index = 7, comment = 8, option = 9,
}

--- Sorts tables so that each comes after those that it references. Where they go in circles, the one that comes
--- first by name goes first.
---@param tables table[] sorted
---@param keys_of fun(t: table): table[] a table's foreign keys
---@return table[] sorted
---@return table<table, boolean> late foreign keys to tables that come later
function M.by_reference(tables, keys_of)
  local by_key, state, sorted, late = normal.by(tables), {}, {}, {}
  local function referents(t)
    local list = {}
    for _, key in ipairs(keys_of(t)) do
      local other = by_key[normal.key { schema = key.referent_schema, name = key.referent }]
      if other and other ~= t then list[#list + 1] = other end
    end
    return list
  end
  for _, root in ipairs(tables) do
    local stack = {}
    if not state[root] then
      stack[1] = { table = root, list = referents(root), at = 0 }
      state[root] = "open"
    end
    while #stack > 0 do
      local top = stack[#stack]
      top.at = top.at + 1
      local other = top.list[top.at]
      if not other then
        state[top.table] = "done"
        sorted[#sorted + 1] = top.table
        stack[#stack] = nil
      elseif not state[other] then
        state[other] = "open"
        stack[#stack + 1] = { table = other, list = referents(other), at = 0 }
      end
    end
  end
  local position = {}
  for i, t in ipairs(sorted) do position[t] = i end
  for _, t in ipairs(sorted) do
    for _, key in ipairs(keys_of(t)) do
      local other = by_key[normal.key { schema = key.referent_schema, name = key.referent }]
      if other and position[other] > position[t] then late[key] = true end
    end
  end
  return sorted, late
end

--- Sorts views so that each comes after those that its query mentions.
---@param views table[]
---@return table[]
function M.by_mention(views)
  local result, state = {}, {}
  for _, root in ipairs(views) do
    local stack = { { view = root, at = 0 } }
    while #stack > 0 do
      local top = stack[#stack]
      state[top.view] = state[top.view] or "open"
      top.at = top.at + 1
      local other = views[top.at]
      if state[top.view] == "done" then
        stack[#stack] = nil
      elseif not other then
        state[top.view] = "done"
        result[#result + 1] = top.view
        stack[#stack] = nil
      elseif not state[other] and expression.mentions(top.view.query, other.name) then
        stack[#stack + 1] = { view = other, at = 0 }
      end
    end
  end
  return result
end

--- A plan's records in the order to run them.
---@param changes table[] { phase =, record =, table =, rank = } in the order in which comparators found them
---@return table[] records
function M.records(changes)
  local place, sorted, records = {}, {}, {}
  for i, phase in ipairs(M.PHASES) do place[phase] = i end
  for i, change in ipairs(changes) do
    change.number = i
    sorted[i] = change
  end
  table.sort(sorted, function(a, b)
    if a.phase ~= b.phase then return place[a.phase] < place[b.phase] end
    if a.phase == "alter" then
      if a.table ~= b.table then return a.table < b.table end
      if a.rank ~= b.rank then return a.rank < b.rank end
    end
    return a.number < b.number
  end)
  for i, change in ipairs(sorted) do records[i] = change.record end
  return records
end

return M
