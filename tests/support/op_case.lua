--- Operations run for real: a project with one revision, whose own asserts are the test's.
---
---     local case = require "support.op_case"
---     case.passes [[ op.create_table("t", ...) assert(op.inspect():has_table("t")) ]]
---     case.fails([[ op.create_table("") ]], "must be a name", "a1.lua:13")
local assert = require "luassert"
local e2e = require "support.e2e"

local M = {}

--- The line of a revision that the first line of `up` stands on.
M.FIRST_LINE = 12

--- Helpers that the revisions of these specs begin with (on one line, so that line numbers stay): `conn`,
--- `same(got, wanted, what)`, which compares values and flat lists, `raises(fn, text)`, which gives the
--- error's message, and `column(table, name)` of the inspector.
M.PRELUDE = [==[local conn = op.get_bind() ]==]
  .. [==[local function show(v) if type(v) ~= "table" then return tostring(v) .. " (" .. (math.type(v) or type(v)) .. ")" end ]==]
  .. [==[local t = {} for i, x in ipairs(v) do t[i] = show(x) end return "{ " .. table.concat(t, ", ") .. " }" end ]==]
  .. [==[local function same(got, wanted, what) local a, b = show(got), show(wanted) ]==]
  .. [==[if a ~= b then error((what or "value") .. ": got " .. a .. ", not " .. b, 2) end end ]==]
  .. [==[local function raises(fn, text) local ok, err = op.savepoint(fn) assert(not ok, "it was accepted") ]==]
  .. [==[local m = type(err) == "table" and err.message .. " " .. (err.hint or "") or tostring(err) ]==]
  .. [==[if not m:lower():find(text:lower(), 1, true) then error("it says: " .. m .. "\nwithout: " .. text, 2) end return m end ]==]
  .. [==[local function column(t, n) for _, c in ipairs(op.inspect():columns(t)) do if c.name == n then return c end end end ]==]
  .. [==[local _ = show, same, raises, column ]==]

--- Runs a revision that has to work. Options: `down`, `config`, `env`, `timeout`. Returns the project.
function M.passes(up, options)
  options = options or {}
  local p = e2e.project { config = options.config }
  p:revision { "a1", up = M.PRELUDE .. up, down = options.down }
  local r = p:run { "upgrade", timeout = options.timeout or 120, env = options.env }
  assert.equal(0, r.code, r.err)
  return p
end

--- Runs a revision that has to fail with exit 1, with all of these texts in what it prints. Returns the
--- project and the run.
function M.fails(up, ...)
  local p = e2e.project()
  p:revision { "a1", up = up }
  local r = p:run("upgrade")
  assert.equal(1, r.code, "it did not fail:\n" .. up .. "\n" .. r.out .. r.err)
  for _, text in ipairs { ... } do assert.matches(text, r.err, 1, true) end
  assert.is_nil(r.err:find("stack traceback", 1, true), r.err)
  return p, r
end

--- Up, down and up again. Returns the project.
function M.round(up, down, config)
  local p = e2e.project { config = config }
  p:revision { "a1", up = M.PRELUDE .. up, down = M.PRELUDE .. down }
  for _, words in ipairs { { "upgrade" }, { "downgrade", "base" }, { "upgrade" } } do
    local r = p:run(table.unpack(words))
    assert.equal(0, r.code, table.concat(words, " ") .. ": " .. r.err)
  end
  return p
end

return M
