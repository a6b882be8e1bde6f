--- Indexes of the tables that both sides have: matched by name, then by what they say (a rename).

local expression = require "curlew.autogen.expression"
local key_index = require "curlew.autogen.key_index"
local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"

local RANKS = order.RANKS

--- What follows an expression and what it means by itself: ASC, and the nulls where they are anyway.
local function item_text(x, item)
  if type(item) ~= "table" then return x:fold(item) end
  return (expression.normal(item.sql):gsub(" asc$", ""))
end

local function options_text(x, value)
  if type(value) ~= "table" then return tostring(value or "") end
  local parts = {}
  for name, option in pairs(value) do parts[#parts + 1] = x:fold(name) .. "=" .. tostring(option) end
  table.sort(parts)
  return table.concat(parts, ",")
end

local function method(x, index)
  local using = index.using and index.using:lower() or ""
  if using == "btree" or using == "hash" and x.dialect.name == "mysql" then return "" end -- InnoDB has no other
  return using
end

local function signature(x, index)
  local items, include = {}, {}
  for i, item in ipairs(index.columns) do items[i] = item_text(x, item) end
  for i, name in ipairs(index.include or {}) do include[i] = x:fold(name) end
  return table.concat({ tostring(index.unique or false), table.concat(items, "\1"),
    index.where and expression.normal(index.where) or "", method(x, index), table.concat(include, "\1"),
    options_text(x, index.ops), options_text(x, index.mysql_length), tostring(index.nulls_not_distinct or false) }, "|")
end

local function create_record(t, index)
  local record = normal.copy(index)
  record.op, record.table, record.schema = "create_index", t.name, t.schema
  record.kind, record.source, record.implicit, record.invalid = nil, nil, nil, nil
  return record
end

local function drop_record(t, index)
  return { op = "drop_index", name = index.name, table = t.name, schema = t.schema }
end

local function at(t, rank) return { table = normal.key(t), rank = RANKS[rank] } end

--- MySQL wants an index under every foreign key and makes one where there is none: nobody's difference.
local function serves_key(x, t, index)
  if x.dialect.name ~= "mysql" or index.unique then return false end
  for _, c in ipairs(t.constraints) do
    if c.kind == "foreign_key" and key_index.covers(x, index, c) then return true end
  end
  return false
end

local function drop(x, t, index)
  x:add("alter", drop_record(t, index), { create_record(t, index) }, at(t, "drop_index"))
end

local function create(x, t, index, real)
  local back = key_index.displaced(x, real, index)
  back[#back + 1] = drop_record(t, index)
  x:add("alter", create_record(t, index.source or index), back, at(t, "create_index"))
end

local function rename(x, t, old, new)
  local function record(from, to)
    return { op = "rename_index", table = t.name, schema = t.schema, old = from.name, new = to.name }
  end
  x:add("alter", record(old, new), { record(new, old) }, at(t, "create_index"))
end

local function compare(x, real, t)
  local by_name, added = {}, {}
  for _, index in ipairs(real.indexes) do by_name[x:fold(index.name)] = index end
  for _, index in ipairs(t.indexes) do
    local old = by_name[x:fold(index.name)]
    if not old then
      added[#added + 1] = index
    else
      by_name[x:fold(index.name)] = nil
      if (old.invalid or signature(x, old) ~= signature(x, index)) and x:includes("index", index, false, old) then
        drop(x, t, old)
        create(x, t, index, real)
      end
    end
  end
  local left = {}
  for _, index in ipairs(real.indexes) do
    if by_name[x:fold(index.name)] then left[#left + 1] = index end
  end
  for _, index in ipairs(added) do
    local own, found = signature(x, index), nil
    for i, old in ipairs(left) do
      if not found and not old.invalid and signature(x, old) == own then found = table.remove(left, i) end
    end
    if found then
      rename(x, t, found, index)
    elseif x:includes("index", index, false, nil) then
      create(x, t, index, real)
    end
  end
  for _, index in ipairs(left) do
    if not serves_key(x, t, index) and x:includes("index", index, true, nil) then drop(x, t, index) end
  end
end

---@param x curlew.Comparison
return function(x)
  for _, pair in ipairs(x.pairs) do compare(x, pair.real, pair.wanted) end
end
