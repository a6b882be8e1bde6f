--- version_table = "alembic_version": a database that Alembic made is taken over as it stands, and
--- Alembic can go on with it. Needs Debian's python3-alembic and its drivers.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

local PYTHON = "/usr/bin/python3"
local DRIVERS = { sqlite = "sqlite3", postgresql = "psycopg2", mariadb = "pymysql", mysql = "pymysql" }

local have = os.execute(("%s -c 'import alembic, %s' 2>/dev/null"):format(PYTHON, DRIVERS[e2e.db]))

--- The URL as SQLAlchemy writes it.
local function sqlalchemy(url)
  if e2e.db == "sqlite" then return url end
  local scheme = e2e.db == "postgresql" and "postgresql+psycopg2" or "mysql+pymysql"
  return (url:gsub("^[^:]+", scheme))
end

local ENV = [[
from alembic import context
from sqlalchemy import create_engine
engine = create_engine(%q)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
]]

--- An Alembic project beside p's own, on the same database.
local function alembic_project(p)
  p:write("alembic/env.py", ENV:format(sqlalchemy(p.url)))
  p:write("alembic.ini", "[alembic]\nscript_location = " .. p:path("alembic") .. "\n")
  process.must("mkdir -p " .. process.quote(p:path("alembic/versions")))
end

local function python_list(value)
  if not value then return "None" end
  if type(value) == "string" then return ("%q"):format(value) end
  return '("' .. table.concat(value, '", "') .. '",)'
end

--- The same revision for both: a table of its name.
local function revision(p, r)
  p:revision { r[1], parent = r.parent or false, depends_on = r.depends_on, title = r[1],
    up = ("op.create_table(%q, { { \"id\", types.integer, primary_key = true } })"):format("t_" .. r[1]),
    down = ("op.drop_table(%q)"):format("t_" .. r[1]) }
  p:write(("alembic/versions/%s.py"):format(r[1]), ([[
"""%s"""
from alembic import op
import sqlalchemy as sa
revision = "%s"
down_revision = %s
branch_labels = None
depends_on = %s
def upgrade():
    op.create_table("t_%s", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("t_%s")
]]):format(r[1], r[1], python_list(r.parent), python_list(r.depends_on), r[1], r[1]))
end

-- Without -B Python takes an env.py that was written again within the second for the one it has compiled.
local function alembic(p, arguments)
  return process.capture(("cd %s && %s -B -m alembic -c alembic.ini %s 2>&1"):format(process.quote(p.dir), PYTHON, arguments))
end

describe("a database that Alembic made, on " .. e2e.db, function()
  after_each(e2e.cleanup)
  if not have then
    pending("SKIPPED: python3-alembic (with its driver " .. DRIVERS[e2e.db] .. ") is not installed")
    return
  end

  local p
  before_each(function()
    p = e2e.project { config = 'version_table = "alembic_version",' }
    alembic_project(p)
    revision(p, { "aaaa00000001" })
    revision(p, { "bbbb00000002", parent = "aaaa00000001" })
    revision(p, { "cccc00000003", parent = "bbbb00000002" })
    revision(p, { "dddd00000004", depends_on = "bbbb00000002" })
    alembic(p, "upgrade heads")
  end)

  local function rows() return p:rows("alembic_version") end

  it("is at Alembic's revisions, and there is nothing to do", function()
    assert.same({ "cccc00000003", "dddd00000004" }, rows())
    assert.equal("cccc00000003 (head)\ndddd00000004 (head)\n", p:run("current").out)
    assert.equal(0, p:run("current", "--check-heads").code)
    local r = p:run("upgrade", "heads")
    assert.equal(0, r.code, r.err)
    assert.matches("nothing to do", r.err)
    assert.equal("", p:run("upgrade", "heads", "--dry-run").out)
    assert.same({ "cccc00000003", "dddd00000004" }, rows())
    assert.is_false(p:has_table("curlew_version"))
  end)

  it("is worked on by both in turn", function()
    revision(p, { "eeee00000005", parent = "cccc00000003" })
    local r = p:run("upgrade", "eeee00000005")
    assert.equal(0, r.code, r.err)
    assert.is_true(p:has_table("t_eeee00000005"))
    assert.matches("eeee00000005 %(head%)", alembic(p, "current"))
    revision(p, { "ffff00000006", parent = { "eeee00000005", "dddd00000004" } })
    alembic(p, "upgrade head")
    assert.same({ "ffff00000006" }, rows())
    assert.equal("ffff00000006 (head) (mergepoint)\n", p:run("current").out)
    r = p:run("downgrade", "cccc00000003")
    assert.equal(0, r.code, r.err)
    assert.is_false(p:has_table("t_eeee00000005"))
    local before = rows()
    assert.matches("cccc00000003", alembic(p, "current"))
    alembic(p, "upgrade heads")
    assert.same({ "ffff00000006" }, rows())
    alembic(p, "downgrade base")
    assert.same({}, rows())
    assert.equal("", p:run("current").out)
    assert.equal(0, p:run("upgrade", "heads").code)
    assert.same({ "ffff00000006" }, rows())
    assert.is_true(#before > 0)
  end)

  it("refuses an id that its column is too narrow for before anything runs", function()
    local long = ("a"):rep(33)
    revision(p, { "eeee00000005", parent = "cccc00000003" })
    revision(p, { long, parent = "eeee00000005" })
    local r = p:run("upgrade", long)
    assert.equal(3, r.code, r.err)
    assert.matches(long, r.err)
    assert.matches("32", r.err)
    assert.is_false(p:has_table("t_eeee00000005"))
    assert.same({ "cccc00000003", "dddd00000004" }, rows())
    assert.equal(3, p:run("stamp", long).code)
    assert.equal(3, p:run("upgrade", long, "--dry-run").code)
    assert.same({ "cccc00000003", "dddd00000004" }, rows())
  end)

  it("can be made by curlew, for Alembic to go on with", function()
    local other = e2e.database()
    p:write("curlew.lua", ("return { url = %q, version_table = \"alembic_version\" }"):format(other))
    p:write("alembic/env.py", ENV:format(sqlalchemy(other)))
    assert.equal(0, p:run("upgrade", "heads").code)
    assert.matches("cccc00000003", alembic(p, "current"))
    revision(p, { "eeee00000005", parent = "cccc00000003" })
    alembic(p, "upgrade heads")
    assert.is_true(server.has_table(other, "t_eeee00000005"))
    assert.equal(0, p:run("current", "--check-heads").code)
  end)
end)
