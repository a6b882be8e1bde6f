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

-- Values ------------------------------------------------------------------------------------------

describe("literals of --sql on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local COLUMNS = [[
    op.create_table("v", {
      { "id", types.integer, primary_key = true }, { "t", types.text }, { "c", types.varchar(200) }, { "b", types.blob },
      { "f", types.double }, { "n", types.numeric(30, 10) }, { "i", types.bigint }, { "yes", types.boolean },
      { "d", types.date }, { "h", types.time }, { "s", types.timestamp { precision = 6 } }, { "j", types.json },
      { "u", types.uuid }, { "z", types.timestamp { timezone = true } },
    })]]

  --- Each row once through an operation, once through a parameter.
  local ROWS = {
    [[t = "it's", c = "a \\ b \\' c \\\\", yes = true]],
    [[t = "semi;colon -- no comment\n/* nor this */ \"x\" `y` $$ $1 ? :z", yes = false]],
    [[t = "ünïcode 🐦 \u{10FFFF}", c = "tab\tcr\rnl\nend", b = "\0\1\2\255'\\;"]],
    [[t = "", c = "%s %% \\n", b = ""]],
    [[f = 0.1, n = "12345678901234567890.0123456789", i = 9223372036854775807]],
    [[f = -1e300, n = "-0.0000000001", i = math.mininteger]],
    [[f = 1 / 3, n = 7, i = -0]],
    [[d = "2026-02-28", h = "23:59:59", s = "2026-01-01 10:00:00.123456", z = "2026-01-01 12:00:00"]],
    [[j = '{"a": "it\'s \\\\ \\"q\\"", "n": null}', u = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
    [[t = op.null, c = op.null, b = op.null, f = op.null, j = op.null, yes = op.null]],
    [[t = op.sql "upper('x')", c = "DELIMITER //\nend"]],
    [[t = "b", b = "text \\ that's \\x41 bytes"]],
    [[t = "\26\8control\27", c = "'' '\\' \\'' "]],
  }

  local function script(rows)
    local lines = { COLUMNS, "local rows = {" }
    for _, row in ipairs(rows) do lines[#lines + 1] = "{ " .. row .. " }," end
    lines[#lines + 1] = "}"
    lines[#lines + 1] = [[
      for i, row in ipairs(rows) do
        row.id = i
        op.insert("v", row)
        row.id = 100 + i
      end
      op.bulk_insert("v", rows)
      local conn = op.get_bind()
      local text = ctx.dialect == "postgresql" and "CAST(:%s AS text)" or ":%s"
      for i, row in ipairs(rows) do
        -- PostgreSQL reads the backslashes of literals for bytes; op.insert knows its columns.
        if ctx.dialect == "postgresql" and row.t == "b" then row.b = nil end
        local t = type(row.t) == "string" and row.t or op.null
        conn:execute("INSERT INTO v (id, t, c, b, f, i, yes) VALUES (:id, " .. text:format "t" .. ", " .. text:format "c"
          .. ", :b, :f, :i, :yes)",
          { id = 200 + i, t = t, c = row.c, b = row.b, f = row.f, i = row.i, yes = row.yes })
        op.update("v", { t = t, f = row.f or op.null, yes = row.yes == nil and op.null or row.yes }, { id = 200 + i })
      end
      conn:execute("INSERT INTO v (id, t) VALUES (?, ?)", { { 301, "one" }, { 302, "it's two" } })
      op.delete("v", { id = { 301, 999 } })]]
    return table.concat(lines, "\n")
  end

  it("give the rows that parameters give", function()
    local p, other = e2e.project(), empty()
    p:revision { "v1", up = script(ROWS), down = [[op.drop_table("v")]] }
    e2e.sql(other, sql_of(p, "upgrade", "--sql"))
    online(p, "upgrade")
    assert.equal("40", p:sql("SELECT count(*) FROM v")[1][1])
    same(p, other)
  end)
end)

-- What can't be known -----------------------------------------------------------------------------

describe("--sql on " .. e2e.db, function()
  after_each(e2e.cleanup)
  local p
  before_each(function() p = e2e.project() end)

  it("refuses a script that reads the database, with its line", function()
    for _, read in ipairs { [[op.get_bind():all("SELECT 1")]], [[op.get_bind():scalar("SELECT 1")]],
      [[for _ in op.get_bind():rows("SELECT 1") do end]], [[op.inspect():has_table("t")]],
      [[op.inspect():tables()]], [[op.get_bind():first("SELECT 1", {})]] } do
      p:revision { "r1", parent = false, up = "-- a line\n" .. read }
      for _, option in ipairs { "--sql", "--dry-run" } do
        local r = p:run("upgrade", option)
        assert.equal(1, r.code, read)
        assert.equal("", r.out)
        assert.matches("r1%.lua:13", r.err)
        assert.matches("ctx%.offline", r.err)
      end
    end
  end)

  it("takes the way of a script that tests ctx.offline", function()
    p:revision { "r1", parent = false, up = [[
      op.create_table("t", { { "id", types.integer, primary_key = true } })
      if ctx.offline then op.insert("t", { id = 1 })
      elseif not op.inspect():has_table("nothing") then op.insert("t", { id = 2 }) end]] }
    assert.matches("VALUES %(1%)", sql_of(p, "upgrade", "--sql"))
    assert.matches("VALUES %(1%)", sql_of(p, "upgrade", "--dry-run"))
    online(p, "upgrade")
    assert.equal("2", p:sql("SELECT id FROM t")[1][1])
  end)

  it("refuses to use the key of a row that was only printed", function()
    p:revision { "r1", parent = false, up = [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
      local id = op.insert("t", { a = 1 })
      op.insert("t", { a = id })]] }
    local r = p:run("upgrade", "--sql")
    assert.equal(1, r.code)
    assert.matches("r1%.lua:14", r.err)
    assert.matches("key", r.err)
  end)

  it("creates nothing, neither for --sql nor for --dry-run", function()
    p:revision { "r1", parent = false, up = [[op.create_table("t", { { "id", types.integer } })]] }
    sql_of(p, "upgrade", "--sql")
    sql_of(p, "upgrade", "--dry-run")
    sql_of(p, "stamp", "head", "--sql")
    sql_of(p, "ensure-version", "--sql")
    assert.is_false(p:has_table("t"))
    assert.is_false(p:has_table("curlew_version"))
    if e2e.db == "sqlite" then assert.is_false(e2e.exists((p.url:gsub("^sqlite:///", "")))) end
  end)

  it("prints nothing where there is nothing to do", function()
    p:revision { "r1", parent = false }
    online(p, "upgrade")
    assert.equal("", sql_of(p, "upgrade", "--dry-run"))
    assert.equal("", sql_of(p, "upgrade", "r1:head", "--sql"))
  end)

  it("goes by what revisions of the range's beginning did that read the database", function()
    p:revision { "r1", parent = false, up = [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(9), unique = true } })]] }
    p:revision { "r2", up = [[if op.get_bind():scalar("SELECT count(*) FROM t") > 0 then error("rows") end]] }
    p:revision { "r3", up = [[op.drop_constraint(nil, "t", { type = "unique", columns = { "a" } })]] }
    local r = p:run("upgrade", "r2:r3", "--sql")
    if e2e.db == "sqlite" then
      assert.equal(0, r.code, r.err) -- the replay is in memory, where it can be read
    else
      assert.equal(1, r.code)
      assert.matches("r3%.lua", r.err)
      assert.matches("What r2 does is not known", r.err)
    end
  end)

  it("names the option that would supply what it does not know", function()
    p:revision { "r1", parent = false, up = [[op.execute "CREATE TABLE raw (a VARCHAR(10) NOT NULL, b INTEGER UNIQUE)"]] }
    p:revision { "r2", up = [[op.drop_constraint(nil, "raw", { type = "unique", columns = { "b" } })]] }
    local r = p:run("upgrade", "--sql")
    if e2e.db == "sqlite" then
      assert.equal(0, r.code, r.err)
    else
      assert.equal(1, r.code)
      assert.matches("r2%.lua:12", r.err)
      assert.matches("name", r.err)
    end
    if e2e.dialect ~= "mysql" then return end
    p:revision { "r2", parent = "r1", up = [[op.alter_column("raw", "a", { comment = "x" })]] }
    r = p:run("upgrade", "--sql")
    assert.equal(1, r.code)
    assert.matches("r2%.lua:12", r.err)
    assert.matches("existing_type", r.err)
    p:revision { "r2", parent = "r1", up = [[op.alter_column("raw", "a", { comment = "x", existing_type = types.varchar(10),
      existing_nullable = false, existing_server_default = op.null })]] }
    assert.matches("MODIFY COLUMN a VARCHAR%(10%) NOT NULL COMMENT 'x'", sql_of(p, "upgrade", "--sql"))
  end)
end)

describe("text for bytes in printed SQL on " .. e2e.db, function()
  after_each(e2e.cleanup)

  if e2e.dialect == "postgresql" then
    it("is refused where a literal could mean something else than the parameter", function()
      for _, sql in ipairs { [[op.get_bind():execute("INSERT INTO t (b) VALUES (:b)", { b = "\\x41" })]],
        [[op.get_bind():execute("UPDATE t SET b = ?", { "a\\b" })]],
        [[op.execute("INSERT INTO t (a, b) VALUES (:a, 'x')", { a = "\\" })]],
        [[op.get_bind():execute("INSERT INTO t (b) VALUES (?)", { { "a" }, { "\\" } })]] } do
        local p = e2e.project { url = "postgresql:///unused" }
        p:revision { "r1", parent = false, up = [[op.create_table("t", { { "a", types.text }, { "b", types.blob } })]] }
        p:revision { "r2", up = sql:gsub("\\", "\\") }
        for _, range in ipairs { "head", "r1:r2" } do
          local r = p:run("upgrade", range, "--sql")
          assert.equal(1, r.code, sql)
          assert.equal("", r.out)
          assert.matches("bytes of t%.b.*convert_to.*r2%.lua:12", r.err)
        end
      end
    end)
  end

  it("may be converted by the statement, or go where no bytes are", function()
    local p, other = e2e.project(), empty()
    local value = e2e.dialect == "postgresql" and "convert_to(:v, 'UTF8')" or ":v"
    p:revision { "r1", parent = false, up = ([[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "b", types.blob } })
      op.create_table("u", { { "id", types.integer, primary_key = true }, { "a", types.text } })
      op.get_bind():execute("INSERT INTO t (id, b) VALUES (1, %s)", { v = "\\x41 \\ \\\\ it's" })
      op.execute("INSERT INTO t (id, b) VALUES (2, %s)", { v = "\\101" })
      op.execute("INSERT INTO u (id, a) VALUES (1, :a)", { a = "C:\\dir \\x41" })
      op.get_bind():execute("INSERT INTO u (id, a) VALUES (?, ?)", { { 2, "\\n" }, { 3, "it's" } })
    ]]):format(value, value) }
    e2e.sql(other, sql_of(p, "upgrade", "--sql"))
    online(p, "upgrade")
    same(p, other)
  end)
end)

-- Version rows ------------------------------------------------------------------------------------

describe("version rows of scripts on " .. e2e.db, function()
  after_each(e2e.cleanup)
  local p, other
  before_each(function()
    p, other = e2e.project(), empty()
    p:revision { "a1", parent = false, title = "base" }
    p:revision { "b1", parent = "a1", labels = "left" }
    p:revision { "c1", parent = "a1", labels = "right" }
    p:revision { "d1", parent = { "b1", "c1" } }
    p:revision { "e1", parent = false, depends_on = "left" }
  end)

  local function rows()
    local list = {}
    for _, row in ipairs(e2e.sql(other, "SELECT version_num FROM curlew_version ORDER BY 1")) do list[#list + 1] = row[1] end
    return list
  end

  it("follow branches, merges and dependencies", function()
    e2e.sql(other, sql_of(p, "upgrade", "d1", "--sql"))
    assert.same({ "d1" }, rows())
    e2e.sql(other, sql_of(p, "upgrade", "d1:e1", "--sql"))
    assert.same({ "d1", "e1" }, rows())
    e2e.sql(other, sql_of(p, "downgrade", "e1:base", "--sql"))
  end)

  it("are stamped in one transaction", function()
    e2e.sql(other, sql_of(p, "ensure-version", "--sql"))
    assert.same({}, rows())
    local script = sql_of(p, "stamp", "b1", "c1", "--sql")
    assert.matches("BEGIN", script)
    assert.matches("COMMIT;\n$", script)
    e2e.sql(other, script)
    assert.same({ "b1", "c1" }, rows())
    e2e.sql(other, sql_of(p, "stamp", "b1:d1", "--sql"))
    assert.same({ "c1", "d1" }, rows())
  end)

  it("are shown by status as applied from a script", function()
    e2e.sql(other, sql_of(p, "upgrade", "d1", "--sql"))
    assert.matches("d1.*applied from a script", p:run("--url", other, "status", "-v").out)
    assert.matches("4 applied", p:run("--url", other, "status").out)
  end)

  it("take each revision's transaction as it is declared", function()
    p:write("curlew.lua", ("return { url = %q, transaction = \"all\" }"):format(p.url))
    local _, begins = sql_of(p, "upgrade", "d1", "--sql"):gsub("BEGIN", "")
    assert.equal(e2e.transactional and 1 or 4, begins)
    p:write("curlew.lua", ("return { url = %q, transaction = \"none\" }"):format(p.url))
    _, begins = sql_of(p, "upgrade", "d1", "--sql"):gsub("BEGIN", "")
    assert.equal(0, begins)
  end)
end)
