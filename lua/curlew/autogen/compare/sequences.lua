--- Sequences that belong to no column. One that changes is altered in place, since its number would be lost with it.

local normal = require "curlew.autogen.normal"

local function create_record(s)
  local record = { op = "create_sequence", name = s.name, schema = s.schema }
  for option, value in pairs(s.options) do record[option] = value end
  return record
end

local function drop_record(s) return { op = "drop_sequence", name = s.name, schema = s.schema } end

--- ALTER SEQUENCE with every option, so that what the other side does not say becomes the default again.
local function alter_record(x, s)
  local o = s.options
  local up = (o.increment or 1) > 0
  local parts = { ("INCREMENT BY %d"):format(o.increment or 1) }
  parts[#parts + 1] = o.minvalue and ("MINVALUE %d"):format(o.minvalue) or "NO MINVALUE"
  parts[#parts + 1] = o.maxvalue and ("MAXVALUE %d"):format(o.maxvalue) or "NO MAXVALUE"
  parts[#parts + 1] = ("START WITH %d"):format(o.start or (up and (o.minvalue or 1) or (o.maxvalue or -1)))
  parts[#parts + 1] = ("CACHE %d"):format(o.cache or x.dialect.default_sequence_cache or 1)
  parts[#parts + 1] = o.cycle and "CYCLE" or x.dialect.server == "mariadb" and "NOCYCLE" or "NO CYCLE"
  return { op = "execute", sql = ("ALTER SEQUENCE %s %s"):format(x.dialect:qualified(s.schema, s.name),
    table.concat(parts, " ")) }
end

---@param x curlew.Comparison
return function(x)
  local before, after = normal.by(x.real.sequences), normal.by(x.wanted.sequences)
  for _, s in ipairs(x.wanted.sequences) do
    local old = before[normal.key(s)]
    if not old then
      if x:includes("sequence", s, false, nil) then
        x:add("create_sequence", create_record(s.declared and { name = s.name, schema = s.schema,
          options = s.declared.options } or s))
      end
    elseif not normal.same(old.options, s.options) and x:includes("sequence", s, false, old) then
      x:add("create_sequence", alter_record(x, s), { alter_record(x, old) })
    end
  end
  for _, s in ipairs(x.real.sequences) do
    if not after[normal.key(s)] and x:includes("sequence", s, true, nil) then
      local drop = drop_record(s)
      drop.lost = { sequence = s.name }
      x:add("drop_sequence", drop, { create_record(s) })
    end
  end
end
