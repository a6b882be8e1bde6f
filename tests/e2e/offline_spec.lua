--- --sql and --dry-run: a printed script, run by the database's own client, leaves what the online run
--- leaves: schema, rows, version table.
local e2e = require "support.e2e"
local history = require "support.history"
local snapshot = require "support.snapshot"

--- A database of its own that only scripts are fed to.
local function empty() return e2e.database() end

local function sql_of(p, ...)
  local r = p:run(...)
  assert.equal(0, r.code, r.err)
  assert.equal("", r.err)
  return r.out
end

local function online(p, ...)
  local r = p:run(...)
  assert.equal(0, r.code, r.err)
end

local function same(p, other)
  local expected, got = snapshot.take(p.url), snapshot.take(other)
  assert.equal("", snapshot.difference(expected, got))
  assert.equal(expected, got)
end

describe("upgrade --sql, run by " .. e2e.db .. "'s client,", function()
  after_each(e2e.cleanup)
  local p, other
  before_each(function()
    p, other = e2e.project(), empty()
    history.write(p, e2e.dialect)
  end)

  it("does what the online run does, all at once", function()
    e2e.sql(other, sql_of(p, "upgrade", "head", "--sql"))
    online(p, "upgrade")
    same(p, other)
  end)

  it("does it in ranges", function()
    for _, range in ipairs { ":h01", "h01:h02", "h02:h05", "h05:h06", "h06:h07", "h07:" } do
      if range == "h02:h05" then -- h03 stands beside h02
        e2e.sql(other, sql_of(p, "upgrade", range, "--sql"))
      else
        e2e.sql(other, sql_of(p, "upgrade", range, "--sql"))
      end
    end
    online(p, "upgrade")
    same(p, other)
  end)

  it("is undone by downgrade --sql as it is online", function()
    online(p, "upgrade")
    e2e.sql(other, sql_of(p, "upgrade", "--sql"))
    for _, step in ipairs { { "h08:h07", "h07" }, { "h07:h06", "h06" }, { "h06:h04", "h04" }, { "h04:h01", "h01" },
      { "h01:base", "base" } } do
      e2e.sql(other, sql_of(p, "downgrade", step[1], "--sql"))
      online(p, "downgrade", step[2])
      same(p, other)
    end
  end)

  it("can be had from the real state by --dry-run", function()
    for _, target in ipairs { "h01", "h02", "h04", "h06", "h07", "head" } do
      local script = sql_of(p, "--url", other, "upgrade", target, "--dry-run")
      e2e.sql(other, script)
      online(p, "upgrade", target)
      same(p, other)
    end
    for _, target in ipairs { "h07", "h06", "h03", "base" } do
      local r = p:run("--url", other, "downgrade", target, "--dry-run")
      assert.equal(0, r.code, r.err)
      e2e.sql(other, r.out)
      online(p, "downgrade", target)
      same(p, other)
    end
  end)

  it("prints nothing that a second look would find different", function()
    assert.equal(sql_of(p, "upgrade", "--sql"), sql_of(p, "upgrade", "--sql"))
    assert.equal(sql_of(p, "upgrade", "h06:h08", "--sql"), sql_of(p, "upgrade", "h06:", "--sql"))
  end)
end)
