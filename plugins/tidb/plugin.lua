--- TiDB as a dialect: MySQL's but for what its server does in another way. It was written from the documentation
--- of TiDB 7.5 to 8.5 and is compared with golden files; it has not been tried on a server.
--- docs/plugins/tidb.md lists the limits.

local M = {
  name = "tidb", version = "1.0.0", api = 1, requires = { curlew = ">= 0.1" },
  description = "TiDB, as a dialect that inherits from MySQL's.",
}

--- Without what means nothing there.
local function plain(o)
  local copy = {}
  for key, value in pairs(o) do copy[key] = value end
  copy.concurrently = nil
  return copy
end

local STORED = "write it into the statements, or run it in the application"

local function sequence_options(o)
  local parts = {}
  local function add(field, words)
    if o[field] ~= nil then parts[#parts + 1] = ("%s %d"):format(words, o[field]) end
  end
  add("start", "START WITH")
  add("increment", "INCREMENT BY")
  add("minvalue", "MINVALUE")
  add("maxvalue", "MAXVALUE")
  add("cache", "CACHE")
  if o.cycle ~= nil then parts[#parts + 1] = o.cycle and "CYCLE" or "NOCYCLE" end
  return #parts > 0 and " " .. table.concat(parts, " ") or ""
end

M.dialects = {
  tidb = {
    inherits = "mysql", title = "TiDB", oldest = "8.0.11",
    detect = function(conn) return (conn:scalar("SELECT VERSION()") or ""):find("TiDB", 1, true) ~= nil end,
    refuse = {
      create_trigger = STORED, drop_trigger = "there are none",
      create_function = STORED, drop_function = "there are none",
      create_primary_key = "give it in create_table; a clustered key can't be added later",
    },
    compile = {
      create_index = function(o, d, super)
        local using = o.using and o.using:lower()
        if using == "fulltext" or using == "spatial" then
          d:refuse(("op.create_index with using = %q"):format(o.using), "search with another service")
        end
        return super(plain(o)) -- every index is built online
      end,
      drop_index = function(o, _, super) return super(plain(o)) end,
      alter_column = function(o, d, super)
        if o.autoincrement ~= nil then
          d:refuse("op.alter_column with autoincrement", "give it in create_table; AUTO_RANDOM spreads the keys better")
        end
        if o.computed ~= nil then d:refuse("op.alter_column with computed", "add a column and drop the old one") end
        return super()
      end,
      create_sequence = function(o, d)
        return ("CREATE SEQUENCE %s%s%s"):format(o.if_not_exists and "IF NOT EXISTS " or "",
          d:qualified(o.schema, o.name), sequence_options(o))
      end,
      drop_sequence = function(o, d)
        if o.cascade then d:refuse("cascade", "drop what depends on it first") end
        return { ("DROP SEQUENCE %s%s"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.name)) }
      end,
    },
  },
}

return M
