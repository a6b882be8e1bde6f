--- Up, down, up again, with everything that is in the database compared: after "down" as before the first
--- "up", after the second "up" as after the first; then the printed script, run by the database's own client
--- on an empty database, against the online run.
---
--- With `schema` the operations are about a second schema: a schema on PostgreSQL, a database on MySQL, an
--- attached file on SQLite. In the scripts `S` is its name or nil, W{...} gives options with it, and T(name)
--- a table's name for SQL text (SQLite looks into a view's own file by itself).
local assert = require "luassert"
local e2e = require "support.e2e"
local server = require "support.server"
local snapshot = require "support.snapshot"

local M = {}

local PRELUDE = [==[local S = %s ]==]
  .. [==[local function W(o) o = o or {} o.schema = S return o end ]==]
  .. [==[local function T(n) if ctx.dialect == "sqlite" then return n end local q = ctx.dialect == "mysql" and "`" or '"' ]==]
  .. [==[return (S and q .. S .. q .. "." or "") .. n end ]==]
  .. [==[local PG, MYSQL, SQLITE, SERVER = ctx.dialect == "postgresql", ctx.dialect == "mysql", ctx.dialect == "sqlite", ctx.server ]==]
  .. [==[local _ = W, T, PG, MYSQL, SQLITE, SERVER ]==]

--- A place for a second schema beside a database: { name =, url = of its own where it has one, open = SQL }.
local function second(schema)
  if not schema then return { lua = "nil" } end
  if e2e.dialect == "sqlite" then
    local url = e2e.database()
    return { name = "other", url = url, open = ("ATTACH '%s' AS other;\n"):format(url:gsub("^sqlite:///", "")) }
  elseif e2e.dialect == "mysql" then
    local url = e2e.database()
    return { name = server.parts(url).database, url = url }
  end
  return { name = "Cw S", open = "CREATE SCHEMA \"Cw S\";\n" }
end

local function take(url, other)
  local text = snapshot.take(url)
  if other.url then
    text = text .. "\n-- the second schema\n" .. snapshot.take(other.url)
    if e2e.dialect == "mysql" then text = text:gsub(other.name, "SECOND") end
  end
  return text
end

local function config_of(other)
  if not (other.url and e2e.dialect == "sqlite") then return "" end
  return ("on_connect = function(conn) conn:execute(%q) end,"):format(other.open)
end

local function run(p, what, ...)
  local r = p:run { timeout = 120, ... }
  assert.equal(0, r.code, what .. ": " .. r.err)
  return r
end

---@param case { setup: string?, up: string, down: string, schema: boolean?, again: boolean?, offline: boolean?, normal: (fun(text: string): string)? }
---@return table project
function M.check(case)
  local other = second(case.schema)
  local prelude = PRELUDE:format(other.name and ("%q"):format(other.name) or "nil")
  local p = e2e.project { config = config_of(other) }
  local setup, up, down = prelude .. (case.setup or ""), prelude .. case.up, prelude .. case.down
  if other.name and e2e.dialect == "postgresql" then setup = "op.create_schema(\"Cw S\") " .. setup end
  p:revision { "a0", up = setup, down = false }
  p:revision { "a1", up = up, down = down }
  local normal = case.normal or function(text)
    -- SQLite's RENAME puts quotes around plain names.
    return e2e.dialect == "sqlite" and text:gsub('"([%a_][%w_]*)"', "%1") or text
  end
  local function state() return normal(take(p.url, other)) end
  run(p, "setup", "upgrade", "a0")
  local before = state()
  run(p, "up", "upgrade")
  local after = state()
  assert.not_equal(before, after)
  run(p, "down", "downgrade", "a0")
  assert.equal("", snapshot.difference(before, state()))
  if case.again ~= false then
    run(p, "up again", "upgrade")
    assert.equal("", snapshot.difference(after, state()))
  end
  if case.offline ~= false then
    local third = second(case.schema)
    local url = e2e.database()
    local function script(...)
      local text = run(p, "--sql", ...).out
      if other.name and third.name ~= other.name then text = text:gsub(other.name, third.name) end
      if third.open and e2e.dialect == "sqlite" then text = third.open .. text end
      return text
    end
    e2e.sql(url, script("upgrade", "--sql"))
    assert.equal("", snapshot.difference(after, normal(take(url, third))))
    e2e.sql(url, script("downgrade", "--sql", "a1:a0"))
    assert.equal("", snapshot.difference(before, normal(take(url, third))))
  end
  return p
end

return M
