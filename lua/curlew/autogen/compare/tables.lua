--- Whole tables: made, dropped, or on both sides (for the comparators that follow).

local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"

local function keys_of(t)
  local list = {}
  for _, c in ipairs(t.record and t.record.constraints or t.constraints) do
    if c.kind == "foreign_key" then list[#list + 1] = c end
  end
  return list
end

local function foreign_key_record(t, c)
  return { op = "create_foreign_key", table = t.name, schema = t.schema, constraint = c }
end

--- A constraint in the way, whatever the server calls it.
local function drop_key_record(t, c)
  return { op = "drop_constraint", table = t.name, schema = t.schema, name = c.name, type = "foreignkey",
    columns = not c.name and c.columns or nil }
end

--- Tables whose keys change after new tables are made can't be referenced by those yet.
local function changes_keys(x, t)
  local before = x.real_by_key[normal.key(t)]
  if not before then return false end
  local function keys(list)
    local texts = {}
    for _, c in ipairs(list) do
      if c.kind == "primary_key" or c.kind == "unique" then texts[#texts + 1] = table.concat(c.columns, "\0") end
    end
    table.sort(texts)
    return table.concat(texts, "\1")
  end
  if keys(before.constraints) ~= keys(t.constraints) then return true end
  local columns = {}
  for _, c in ipairs(before.columns) do columns[x:fold(c.name)] = c.text end
  for _, c in ipairs(t.columns) do
    if columns[x:fold(c.name)] ~= c.text then return true end
  end
  return false
end

local function create(x, list)
  local sorted, late = order.by_reference(list, keys_of)
  local inline = x.dialect.name == "sqlite"
  for _, t in ipairs(sorted) do
    local record = normal.copy(t.declared.record)
    record.op = "create_table"
    local kept, after = {}, {}
    for i, c in ipairs(record.constraints) do
      local source = t.record.constraints[i]
      local referent = c.kind == "foreign_key"
        and x.wanted_by_key[normal.key { schema = c.referent_schema, name = c.referent }]
      if not inline and (late[source] or (referent and referent ~= t and changes_keys(x, referent))) then
        after[#after + 1] = c
      else
        kept[#kept + 1] = c
      end
    end
    record.constraints = kept
    x:add("create_table", record)
    for _, c in ipairs(after) do x:add("add_key", foreign_key_record(t, c), { drop_key_record(t, c) }) end
  end
end

--- Children go before their parents; keys that go in circles, before all of them.
local function drop(x, list)
  local sorted, late = order.by_reference(list, keys_of)
  for i = #sorted, 1, -1 do
    local t = sorted[i]
    local record = normal.create_table(t)
    local kept = {}
    for j, c in ipairs(record.constraints) do
      local source = t.constraints[j]
      if source.kind == "foreign_key" and late[source] then
        x:add("drop_key", drop_key_record(t, c), { foreign_key_record(t, normal.copy(c)) })
      else
        kept[#kept + 1] = c
      end
    end
    record.constraints = kept
    local restore = { record }
    for _, more in ipairs(x:restore_table(t)) do restore[#restore + 1] = more end
    local drop_record = { op = "drop_table", table = t.name, schema = t.schema, lost = { table = t.name, schema = t.schema } }
    x:add("drop_table", drop_record, restore)
  end
end

--- A table that goes while one with the same columns comes is likely the same under another name.
local function suggest(x, dropped, made)
  local function shape(t)
    local parts = {}
    for i, c in ipairs(t.columns) do parts[i] = x:fold(c.name) .. " " .. c.text end
    table.sort(parts)
    return table.concat(parts, "\n")
  end
  local shapes = {}
  for _, t in ipairs(dropped) do shapes[shape(t)] = t end
  for _, t in ipairs(made) do
    local old = shapes[shape(t)]
    if old then
      x:note("table %s goes and %s comes with the same columns: if it is the same table, write renamed_from = %q there, "
        .. "and its rows are kept", normal.title(old), normal.title(t), old.name)
    end
  end
end

---@param x curlew.Comparison
return function(x)
  local made, dropped = {}, {}
  for _, t in ipairs(x.wanted.tables) do
    local before = x.real_by_key[normal.key(t)]
    if before then
      if before ~= t and x:includes("table", t, false, before) then x.pairs[#x.pairs + 1] = { real = before, wanted = t } end
    elseif x:includes("table", t, false, nil) then
      t.record = t.declared.record
      made[#made + 1] = t
    end
  end
  for _, t in ipairs(x.real.tables) do
    if not x.wanted_by_key[normal.key(t)] and x:includes("table", t, true, nil) then dropped[#dropped + 1] = t end
  end
  suggest(x, dropped, made)
  drop(x, dropped)
  create(x, made)
end
