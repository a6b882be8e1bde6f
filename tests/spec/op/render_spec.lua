--- Every record can be written as Lua source that makes the same record again.

local host = require "support.lua_host"
local digest = require "curlew.op.digest"
local layout = require "curlew.autogen.layout"
local lib = require "curlew.op"
local render = require "curlew.op.render"
local types = require "curlew.types"

local FOLDER = (os.getenv "CURLEW_SOURCE_DIR" or ".") .. "/"

local function records(server, fn)
  local op, h = host.op(server)
  fn(op, types.api)
  return h.steps
end

--- Everything of a record, values too, in a form that text() shows; constraints in any order.
local function whole(value)
  if type(value) == "table" and value ~= host.null then
    local copy = {}
    for key, item in pairs(value) do copy[key == "value" and "literal" or key] = whole(item) end
    if copy.constraints then
      table.sort(copy.constraints, function(a, b) return digest.text(a) < digest.text(b) end)
    end
    return copy
  end
  return value
end

for _, topic in ipairs { "tables", "keys", "objects", "rows" } do
  local cases = dofile(FOLDER .. "tests/spec/op/cases/" .. topic .. ".lua")
  local names = {}
  for name in pairs(cases) do names[#names + 1] = name end
  table.sort(names)
  describe("the source of", function()
    for _, name in ipairs(names) do
      it(name .. " makes the same record again", function()
        for _, server in ipairs(host.NAMES) do
          for _, case in ipairs(cases[name]) do
            local ok, steps = pcall(records, server, case[2])
            for _, step in ipairs(ok and steps or {}) do
              -- What an enum's values were in this run is no part of the call.
              if step.op == "add_enum_value" then step.values = nil end
              local before = digest.text(whole(step))
              local written = lib.render(step)
              -- As it is, and broken into lines however narrow.
              local folded = render.source(step, { naming = {} })
              for _, source in ipairs { written, folded, layout.layout(written, "  "), layout.layout(written, "  ", 40) } do
                local chunk = assert(load("local op, types = ...\n" .. source, "=source", "t"), source)
                local again = records(server, chunk)
                assert.equal(1, #again, source)
                assert.equal(before, digest.text(whole(again[1])), server .. ": " .. source)
              end
            end
          end
        end
      end)
    end
  end)
end

describe("rendered source", function()
  it("reads as a person would write it", function()
    local function source(fn) return lib.render(records("postgresql", fn)[1]) end
    assert.equal('op.drop_table("t", { if_exists = true })', source(function(op) op.drop_table("t", { if_exists = true }) end))
    assert.equal('op.add_column("t", { "a", types.varchar(10), nullable = false, server_default = "it\'s" })',
      source(function(op, t) op.add_column("t", { "a", t.varchar(10), nullable = false, server_default = "it's" }) end))
    assert.equal([[
op.create_table("t", {
  { "id", types.bigint, primary_key = true },
  { "at", types.timestamp({ timezone = true }), server_default = op.sql "now()" },
  op.index({ "at" }, { name = op.f "ix_t_at" }),
})]], source(function(op, t)
      op.create_table("t", { { "id", t.bigint, primary_key = true },
        { "at", t.timestamp { timezone = true }, server_default = op.sql "now()", index = true } })
    end))
  end)

  it("lets columns say what they can where names follow the convention", function()
    local naming = { pk = "pk_%(table_name)s", uq = "uq_%(table_name)s_%(column_0_name)s" }
    local op, h = host.op("postgresql", { config = { naming_convention = naming } })
    local t = types.api
    op.create_table("t", {
      { "id", t.bigint, primary_key = true }, { "code", t.text, unique = true }, { "other", t.text },
      { "of", t.bigint, references = "t.id", ondelete = "cascade" }, op.unique({ "other" }, { name = op.f "mine" }),
    })
    assert.equal([[
op.create_table("t", {
  { "id", types.bigint, primary_key = true },
  { "code", types.text, unique = true },
  { "other", types.text },
  { "of", types.bigint, ondelete = "CASCADE", references = "t.id" },
  op.unique({ "other" }, { name = op.f "mine" }),
})]], render.source(h.steps[1], { naming = naming }))
    assert.matches("pk_t", render.source(h.steps[1], { naming = {} }))
  end)
end)
