--- SQLite's scratch place: a second database, in memory. Foreign keys stand inside CREATE TABLE and nothing looks
--- at them before rows come, so they are made too.

local M = {}

---@param _d curlew.Dialect
---@param run curlew.AutogenRun
---@return table place
function M.open(_d, run)
  local conn = run.open_memory()
  local place = { conn = conn, schemas = { { name = "main" } } }
  function place.of() return nil end
  function place.try(fn) return pcall(fn) end
  function place.close() if conn.close then conn:close() end end
  return place
end

return M
