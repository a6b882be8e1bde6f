--- `require "curlew.testing"` in plain Lua: what a team's own specs need. It is loaded by the C module
--- (src/lua/module/testing.c), which hands in the module `curlew` and a function that loads a file of this folder.

local curlew, part = ...

local Database = part "database"

local M = {}

local KNOWN = { "config", "url", "x", "tag", "database", "prepare" }

local function check_options(options, what)
  if options == nil then return {} end
  if type(options) ~= "table" then error(("testing.%s takes a table of options, not a %s"):format(what, type(options)), 3) end
  local known = {}
  for _, name in ipairs(KNOWN) do known[name] = true end
  for name in pairs(options) do
    if not known[name] then
      error(("testing.%s: there is no option `%s`; there are: %s"):format(what, tostring(name), table.concat(KNOWN, ", ")), 3)
    end
  end
  return options
end

local function open(options, scratch)
  local x = {}
  for name, value in pairs(options.x or {}) do x[name] = value end
  if options.database then x.db = options.database end
  return curlew.open { config = options.config, x = x, tag = options.tag, scratch = scratch }
end

--- A fresh database with nothing applied yet: in memory, or beside the one of `url` and dropped when it is closed.
---@param options curlew.testing.Options?
---@return curlew.testing.Database
function M.fresh(options)
  options = check_options(options, "fresh")
  local db = Database.new(open(options, options.url or "sqlite://"))
  local prepare = options.prepare
  if prepare ~= nil then
    local ok, e = pcall(function()
      local conn = db:connection()
      if type(prepare) == "function" then prepare(conn) else conn:execute(prepare) end
    end)
    if not ok then
      db:close()
      error(e, 0)
    end
  end
  return db
end

--- Calls fn(db) with a fresh database, which is closed however that ends; gives what it returns.
---@param options curlew.testing.Options?
---@param fn fun(db: curlew.testing.Database): any
function M.with(options, fn)
  local db <close> = M.fresh(check_options(options, "with"))
  return fn(db)
end

--- The checks of `curlew test`, made beside the configured database or that of `url`: each with `name`, `ok`,
--- `text` (what is wrong), `skip` and `revision`.
---@param options curlew.testing.Options?
---@return table[]
function M.checks(options)
  options = check_options(options, "checks")
  local project <close> = open(options)
  local checks = project:test { url = options.url }
  for _, check in ipairs(checks) do check.text = table.concat(check.problems, "\n") end
  return checks
end

--- Whether two snapshots are equal; else nil and what differs.
---@param before curlew.Snapshot
---@param after curlew.Snapshot
---@param options { counts: boolean? }? `counts`: rows are counted only
---@return true?
---@return string? differences
function M.same(before, after, options)
  local counts = options and options.counts
  local list = part "snapshot".compare(nil, { before = before, after = after, counts = counts }).differences
  if #list == 0 then return true end
  return nil, table.concat(list, "\n")
end

Database.same = M.same

return M
