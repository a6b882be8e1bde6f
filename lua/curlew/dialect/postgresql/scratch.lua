--- PostgreSQL's scratch place: schemas made in a transaction that is rolled back. The search path puts them first,
--- so that names are written and printed without a schema there as they are in the real one.

local M = {}

---@param d curlew.Dialect
---@param run curlew.AutogenRun
---@param schemas string[] declared schemas besides the own one
---@return table place
function M.open(d, run, schemas)
  local conn, names, list = run.conn, {}, {}
  local base = "curlew_scratch_" .. require("curlew.autogen.random")()
  conn:execute "BEGIN READ WRITE"
  local place = { conn = conn, schemas = list, without_keys = true }
  local function open()
    local own = conn:scalar "SHOW search_path"
    for i = 0, #schemas do
      local name = i == 0 and base or ("%s_%d"):format(base, i)
      conn:execute("CREATE SCHEMA " .. name)
      list[#list + 1] = { name = name, as = schemas[i] }
      if schemas[i] then names[schemas[i]] = name end
    end
    conn:execute(("SET LOCAL search_path = %s, %s"):format(base, own ~= "" and own or '""'))
    conn:execute "SET LOCAL check_function_bodies = off"
  end
  function place.of(schema) return schema and (names[schema] or schema) end
  function place.try(fn)
    conn:execute "SAVEPOINT curlew_view"
    local ok, e = pcall(fn)
    conn:execute(ok and "RELEASE SAVEPOINT curlew_view" or "ROLLBACK TO SAVEPOINT curlew_view")
    return ok, e
  end
  function place.close() conn:execute "ROLLBACK" end
  local ok, e = pcall(open)
  if not ok then
    pcall(place.close)
    if type(e) == "table" and (e.sqlstate == "42501" or e.sqlstate == "25006") then
      error({ code = "unsupported", message = ("the account may not create a schema in this database (%s), which comparing "
        .. "needs: the models are made in a schema of their own, in a transaction that is rolled back"):format(e.message),
        hint = ("GRANT CREATE ON DATABASE %s TO %s, or run check with another account."):format(
          d:quote(conn:scalar "SELECT current_database()"), d:quote(conn:scalar "SELECT current_user")) }, 0)
    end
    error(e, 0)
  end
  return place
end

return M
