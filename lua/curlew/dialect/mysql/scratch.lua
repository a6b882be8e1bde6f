--- The scratch place of MySQL and MariaDB: databases of its own, dropped again. Where the account may not create
--- one there is none, and textual rules stand in (autogen/textual.lua).

local M = {}

--- Error numbers that say "you may not": access denied, read-only server.
local REFUSED = { [1044] = true, [1045] = true, [1227] = true, [1290] = true, [1836] = true }

---@param d curlew.Dialect
---@param run curlew.AutogenRun
---@param schemas string[] declared schemas besides the own one
---@return table? place
function M.open(d, run, schemas)
  local conn, made, names = run.conn, {}, {}
  local own = conn:scalar "SELECT DATABASE()"
  local base = "curlew_scratch_" .. require("curlew.autogen.random")()
  local read_only = d.server == "mariadb" and "tx_read_only" or "transaction_read_only"
  local place = { conn = conn, schemas = {}, without_keys = true }
  function place.of(schema) return schema and (names[schema] or schema) end
  function place.try(fn) return pcall(fn) end
  function place.close()
    for _, name in ipairs(made) do conn:try("DROP DATABASE IF EXISTS " .. name) end
    conn:execute("USE " .. d:always_quote(own))
    conn:execute(("SET SESSION %s = 1"):format(read_only))
  end
  conn:execute(("SET SESSION %s = 0"):format(read_only))
  for i = 0, #schemas do
    local name = i == 0 and base or ("%s_%d"):format(base, i)
    local like = conn:first("SELECT DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS collation "
      .. "FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", { schemas[i] or own })
    local _, e = conn:try(("CREATE DATABASE %s%s"):format(name,
      like and (" CHARACTER SET %s COLLATE %s"):format(like.charset, like.collation) or ""))
    if e then
      place.close()
      if REFUSED[e.native] then return nil end
      error(e, 0)
    end
    made[#made + 1] = name
    place.schemas[#place.schemas + 1] = { name = name, as = schemas[i] }
    if schemas[i] then names[schemas[i]] = name end
  end
  conn:execute("USE " .. base)
  return place
end

return M
