--- Enum types (PostgreSQL): made, dropped, given values.

local normal = require "curlew.autogen.normal"

local function alter_record(enum, values)
  return { op = "alter_enum", name = enum.name, schema = enum.schema, values = values, lost = { enum = enum.name } }
end

--- The values that come, each with the one before it, when nothing else changes; nil otherwise.
local function additions(old, new)
  local list, at = {}, 1
  for i, value in ipairs(new) do
    if old[at] == value then
      at = at + 1
    else
      list[#list + 1] = { value = value, after = new[i - 1], before = i == 1 and old[1] or nil }
    end
  end
  return at == #old + 1 and list or nil
end

local function alter(x, old, new)
  local list = additions(old.values, new.values)
  if not list then
    x:add("create_enum", alter_record(new, new.values), { alter_record(new, old.values) })
    x:note("enum %s loses or reorders values: rows that hold a value that goes need rename = { old = \"new\" } in "
      .. "op.alter_enum", normal.title(new))
    return
  end
  local values = old.values
  for _, item in ipairs(list) do
    local record = { op = "add_enum_value", name = new.name, schema = new.schema, value = item.value, after = item.after,
      before = item.before }
    x:add("create_enum", record, { alter_record(new, values) })
    values = require("curlew.op.add_enum_value").extended(values, record)
  end
end

---@param x curlew.Comparison
return function(x)
  local before, after = normal.by(x.real.enums), normal.by(x.wanted.enums)
  for _, enum in ipairs(x.wanted.enums) do
    local old = before[normal.key(enum)]
    if not old then
      if x:includes("enum", enum, false, nil) then
        x:add("create_enum", { op = "create_enum", name = enum.name, schema = enum.schema, values = enum.values })
      end
    elseif not normal.same(old.values, enum.values) and x:includes("enum", enum, false, old) then
      alter(x, old, enum)
    end
  end
  for _, enum in ipairs(x.real.enums) do
    if not after[normal.key(enum)] and x:includes("enum", enum, true, nil) then
      x:add("drop_enum", { op = "drop_enum", name = enum.name, schema = enum.schema },
        { { op = "create_enum", name = enum.name, schema = enum.schema, values = enum.values } })
    end
  end
end
