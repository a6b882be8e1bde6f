--- Views: made, dropped, made anew. Those that stand on a table that changes under them are taken away before
--- and put back after, since PostgreSQL lets nothing change below a view.

local expression = require "curlew.autogen.expression"
local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"

local function create_record(v)
  return { op = "create_view", name = v.name, schema = v.schema, query = v.query, columns = v.columns,
    materialized = v.materialized }
end

local function drop_record(v)
  return { op = "drop_view", name = v.name, schema = v.schema, materialized = v.materialized }
end

local function same(a, b)
  return (a.materialized or false) == (b.materialized or false) and (a.query == b.query
    or expression.normal(a.query) == expression.normal(b.query)) and normal.same(a.columns or {}, b.columns or {})
end

--- Names of tables in which something changes or goes that a view may stand on.
local CHANGES = { alter_column = true, drop_column = true, drop_table = true }

local function changed_tables(x)
  local names = {}
  for _, change in ipairs(x.changes) do
    local o = change.record
    if CHANGES[o.op] and (o.op ~= "alter_column" or o.type or o.new_column_name) then names[o.table] = true end
  end
  return names
end

---@param x curlew.Comparison
return function(x)
  local after = normal.by(x.wanted.views)
  local before = normal.by(x.real.views)
  local touched = x.dialect.name == "postgresql" and changed_tables(x) or {}
  local again = {}
  local old = order.by_mention(x.real.views)
  for _, v in ipairs(old) do -- in the order of their making, so that what stands on one that goes, goes too
    local new = after[normal.key(v)]
    local moved = false
    for name in pairs(touched) do moved = moved or expression.mentions(v.query, name) end
    local includes = x:includes("view", new or v, not new, new and v or nil)
    if includes and (not new or not same(v, new) or moved) then
      again[normal.key(v)] = true
      touched[v.name] = x.dialect.name == "postgresql" or nil
    end
  end
  for i = #old, 1, -1 do
    local v = old[i]
    if again[normal.key(v)] then x:add("drop_view", drop_record(v), { create_record(v) }) end
  end
  for _, v in ipairs(order.by_mention(x.wanted.views)) do
    local key = normal.key(v)
    if (not before[key] and x:includes("view", v, false, nil)) or again[key] then
      x:add("create_view", create_record(v.declared or v))
    end
  end
end
