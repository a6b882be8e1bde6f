--- What has to hold for any schema: the generated revision makes `check` clean, its downgrade restores the
--- former schema exactly, what `reflect` writes makes the same schema again. CURLEW_SEEDS=100 tries more of
--- them than a test run does, CURLEW_SEED=17 that one.
local e2e = require "support.e2e"
local random_schema = require "support.random_schema"

local only = tonumber(os.getenv("CURLEW_SEED") or "")
local first, last = only or 1, only or tonumber(os.getenv("CURLEW_SEEDS") or "3")

local function project()
  return e2e.project { config = 'models = "models",' }
end

local function must(p, ...)
  local r = p:run(...)
  assert.equal(0, r.code, table.concat({ ... }, " ") .. "\n" .. r.out .. r.err .. "\n" .. p:read("models.lua"))
  return r
end

--- `check` finds nothing, and neither does a second `migrate`, which then writes nothing.
local function clean(p)
  must(p, "check")
  local r = must(p, "migrate", "-m", "nothing")
  assert.equal("", r.out)
end

local function reflection(p) return must(p, "reflect").out end

--- PostgreSQL can't put a column back to where it was, so there the lines may come in any order.
local function restored(text)
  if e2e.db ~= "postgresql" then return text end
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines, "\n")
end

describe("autogenerate with random schemas on " .. e2e.db, function()
  after_each(e2e.cleanup)

  for seed = first, last do
    it("goes up to the models, down again exactly, and round by reflect: seed " .. seed, function()
      local schema = random_schema.new(seed, e2e.db)
      local p = project()
      p:write("models.lua", schema:text())
      must(p, "migrate", "-m", "first", "--rev-id", "aaaa")
      must(p, "upgrade")
      clean(p)
      local before = reflection(p)

      schema:change(6)
      p:write("models.lua", schema:text())
      local r = must(p, "migrate", "-m", "second", "--rev-id", "bbbb")
      if r.out ~= "" then
        must(p, "upgrade")
        clean(p)
        local after = reflection(p)
        must(p, "downgrade", "aaaa")
        assert.equal(restored(before), restored(reflection(p)), p:read("migrations/versions/bbbb_second.lua"))
        must(p, "upgrade")
        assert.equal(restored(after), restored(reflection(p)))
      end
      local final = reflection(p)

      local other = project()
      other:write("models.lua", final)
      must(other, "migrate", "-m", "all", "--rev-id", "cccc")
      must(other, "upgrade")
      clean(other)
      assert.equal(final, reflection(other))
      must(other, "downgrade", "base")
      p:write("models.lua", final) -- the models that reflect wrote describe their own database
      clean(p)
    end)
  end
end)
