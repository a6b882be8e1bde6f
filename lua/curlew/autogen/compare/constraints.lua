--- Constraints of the tables that both sides have: matched by what they say, then by name.

local expression = require "curlew.autogen.expression"
local key_index = require "curlew.autogen.key_index"
local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"

local RANKS = order.RANKS

local OPERATIONS = { primary_key = "create_primary_key", unique = "create_unique_constraint",
  check = "create_check_constraint", exclude = "create_exclude_constraint", foreign_key = "create_foreign_key" }
local TYPES = { foreign_key = "foreignkey", primary_key = "primary", unique = "unique", check = "check",
  exclude = "exclude" }
local FILTERS = { primary_key = "primary_key", unique = "unique_constraint", check = "check_constraint",
  exclude = "exclude_constraint", foreign_key = "foreign_key_constraint" }

local function names(x, list)
  local folded = {}
  for i, name in ipairs(list or {}) do
    folded[i] = type(name) == "table" and expression.normal(name.sql) or x:fold(name)
  end
  return table.concat(folded, "\1")
end

local SIGNATURES = {}

function SIGNATURES.primary_key(x, c) return names(x, c.columns) end

function SIGNATURES.unique(x, c)
  return names(x, c.columns) .. "|" .. names(x, c.include) .. "|" .. tostring(c.nulls_not_distinct or false)
end

function SIGNATURES.check(_x, c) return expression.normal(c.expression) end

local function action(x, text)
  if text == "no action" or text == "restrict" and x.dialect.name == "mysql" then return "" end
  return text or ""
end

function SIGNATURES.foreign_key(x, c)
  return table.concat({ names(x, c.columns), c.referent_schema or "", x:fold(c.referent), names(x, c.referent_columns),
    action(x, c.ondelete), action(x, c.onupdate), c.match ~= "simple" and c.match or "" }, "|")
end

function SIGNATURES.exclude(x, c)
  local parts = {}
  for i, pair in ipairs(c.exclusions) do parts[i] = names(x, { pair[1] }) .. " " .. pair[2] end
  return table.concat(parts, "|") .. "|" .. (c.using or "gist") .. "|" .. (c.where and expression.normal(c.where) or "")
end

local function signature(x, c)
  local deferred = c.initially == "deferred"
  return ("%s|%s|%s|%s"):format(c.kind, tostring(c.deferrable or deferred), tostring(deferred), SIGNATURES[c.kind](x, c))
end

-- Records -----------------------------------------------------------------------------------------

local function create_record(t, c)
  local constraint = normal.copy(c)
  constraint.explicit, constraint.source = nil, nil
  return { op = OPERATIONS[c.kind], table = t.name, schema = t.schema, constraint = constraint }
end

--- A name that the server will choose is not known yet: the columns tell which constraint it is.
local function drop_record(t, c)
  local record = { op = "drop_constraint", table = t.name, schema = t.schema, name = c.name, type = TYPES[c.kind] }
  if not c.name then record.columns = c.columns end
  return record
end

local function where(x, t, c, rank)
  if c.kind == "foreign_key" and x.dialect.name ~= "sqlite" then
    return rank == "drop_constraint" and "drop_key" or "add_key", nil
  end
  return "alter", { table = normal.key(t), rank = RANKS[rank] }
end

--- The constraint as the models say it, where that can be told.
local function source_of(c) return c.source or c end

--- MySQL's key of a numbering column can't be away for a moment, so it changes within one ALTER TABLE.
local function replace_key(x, t, old, new)
  local function batch(from, to)
    return { op = "batch_alter_table", table = t.name, schema = t.schema,
      records = { from and drop_record(t, from), to and create_record(t, to) } }
  end
  if x.dialect.name ~= "mysql" or not old or not new then return false end
  x:add("alter", batch(old, source_of(new)), { batch(new, old) }, { table = normal.key(t), rank = RANKS.drop_column + 0.5 })
  return true
end

local function append(list, record)
  list[#list + 1] = record
  return list
end

local function drop(x, t, c)
  for _, record in ipairs(c.kind == "unique" and key_index.bared(x, t, c) or {}) do
    x:add("alter", record, nil, { table = normal.key(t), rank = RANKS.drop_index })
  end
  local phase, place = where(x, t, c, "drop_constraint")
  x:add(phase, drop_record(t, c), { create_record(t, c) }, place)
end

local function create(x, t, c, real)
  local back = c.kind == "unique" and key_index.displaced(x, real, c) or {}
  local source = normal.copy(source_of(c))
  if source.kind == "index" then -- a unique index that the catalog calls a constraint
    x:add("alter", { op = "create_index", table = t.name, schema = t.schema, name = source.name,
      columns = source.columns, unique = true }, append(back, { op = "drop_index", name = source.name, table = t.name,
      schema = t.schema }), { table = normal.key(t), rank = RANKS.create_index })
    return
  end
  if not c.explicit then source.name = nil end
  local phase, place = where(x, t, c, "add_constraint")
  x:add(phase, create_record(t, source), append(back, drop_record(t, source)), place)
end

local function rename(x, t, old, new)
  local index = x.dialect.name == "mysql" and new.kind == "unique"
  local name = index and "rename_index" or "rename_constraint"
  local where_to = { table = normal.key(t), rank = RANKS.add_constraint }
  x:add("alter", { op = name, table = t.name, schema = t.schema, old = old.name, new = new.name },
    { { op = name, table = t.name, schema = t.schema, old = new.name, new = old.name } }, where_to)
end

--- MySQL's foreign keys and checks can't be renamed.
local function can_rename(x, c)
  if x.dialect.name == "mysql" then return c.kind == "unique" end
  return true
end

-- Matching ----------------------------------------------------------------------------------------

local function take(list, fits)
  for i, item in ipairs(list) do
    if fits(item) then return table.remove(list, i) end
  end
end

--- A constraint whose only difference is its name: renamed when the models insist on theirs.
local function settle_name(x, t, old, new, real)
  if new.kind == "primary_key" and x.dialect.name == "mysql" then return end
  if not new.explicit or not old.name or not new.name or x:fold(old.name) == x:fold(new.name) then return end
  if new.source and new.source.enum then return end -- its name is a matter of convention
  if can_rename(x, new) then
    rename(x, t, old, new)
  else
    drop(x, t, old)
    create(x, t, new, real)
  end
end

local function compare(x, real, t)
  local left, added = {}, {}
  for i, c in ipairs(real.constraints) do left[i] = c end
  for _, c in ipairs(t.constraints) do
    local own = signature(x, c)
    local function alike(other) return signature(x, other) == own end
    local old = take(left, function(other)
      return alike(other) and other.name and c.name and x:fold(other.name) == x:fold(c.name)
    end) or take(left, alike)
    if old then settle_name(x, t, old, c, real) else added[#added + 1] = c end
  end
  local new_key
  for _, c in ipairs(added) do new_key = c.kind == "primary_key" and c or new_key end
  for _, c in ipairs(left) do
    if not (c.kind == "primary_key" and replace_key(x, t, c, new_key)) then
      if x:includes(FILTERS[c.kind], c, true, nil) then drop(x, t, c) end
    else
      new_key.done = true
    end
  end
  for _, c in ipairs(added) do
    if not c.done and x:includes(FILTERS[c.kind], c, false, nil) then create(x, t, c, real) end
  end
end

---@param x curlew.Comparison
return function(x)
  for _, pair in ipairs(x.pairs) do compare(x, pair.real, pair.wanted) end
end
