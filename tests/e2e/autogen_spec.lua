--- Autogenerate as a user meets it: models, `migrate`, `upgrade`, `check`, and what each kind of difference becomes.
local e2e = require "support.e2e"

local HEAD = [[
local schema = require "curlew.schema"
local types = schema.types
local M = schema.metadata { naming_convention = schema.conventions.standard }
]]

local function project(options)
  options = options or {}
  options.config = (options.config or "") .. ' models = "models",'
  return e2e.project(options)
end

local function models(p, text) p:write("models.lua", HEAD .. text .. "\nreturn M\n") end

local function must(p, ...)
  local r = p:run(...)
  assert.equal(0, r.code, table.concat({ ... }, " ") .. "\n" .. r.out .. r.err)
  return r
end

--- Writes and applies a revision; gives its text.
local function migrate(p, message)
  local r = must(p, "migrate", "-m", message or "change")
  local path = r.out:match("(%S+%.lua)")
  assert.truthy(path, "no file was written:\n" .. r.out .. r.err)
  must(p, "upgrade")
  local text = p:read(path)
  local check = p:run("check")
  assert.equal(0, check.code, text .. check.out .. check.err)
  return text
end

--- What is reflected; PostgreSQL can't put a column back where it was, so there the order of lines says nothing.
local function reflection(p)
  local text = must(p, "reflect").out
  if e2e.db ~= "postgresql" then return text end
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines, "\n")
end

--- Goes from one models file to another and back: the summaries of `check`, and the revision's text.
local function change(from, to, options)
  local p = project(options)
  models(p, from)
  if from ~= "" then migrate(p, "first") end
  local before = reflection(p)
  models(p, to)
  local check = p:run("check")
  assert.equal(6, check.code, check.out .. check.err)
  local text = migrate(p, "second")
  local after = reflection(p)
  must(p, "downgrade", "-1")
  assert.equal(before, reflection(p), text)
  must(p, "upgrade")
  assert.equal(after, reflection(p), text)
  return check.out, text, p
end

local function has(wanted, text) assert.truthy(text:find(wanted, 1, true), ("no %q in:\n%s"):format(wanted, text)) end

local function only_on(...)
  for _, name in ipairs { ... } do
    if name == e2e.db or name == e2e.dialect then return it end
  end
  return function() end
end

describe("autogenerate on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("writes a migration that check then finds nothing to add to", function()
    local p = project()
    models(p, [[
M:table("users", { { "id", types.bigint, primary_key = true }, { "email", types.varchar(120), unique = true } })
M:table("articles", {
  { "id", types.bigint, primary_key = true },
  { "title", types.varchar(200), nullable = false, index = true, server_default = "it's new" },
  { "author_id", types.bigint, references = "users.id", ondelete = "CASCADE" },
  schema.check("length(title) > 0", { name = "title_not_empty" }),
})]])
    local r = p:run("check")
    assert.equal(6, r.code)
    assert.equal("create_table users\ncreate_table articles\n", r.out)
    has("2 operations", r.err)
    migrate(p, "first")
    r = must(p, "migrate", "-m", "again")
    assert.equal("", r.out)
    has("no file was written", r.err)
    must(p, "downgrade", "base")
    r = p:run("check")
    assert.equal(1, r.code)
    has("not up to date", r.err)
  end)

  it("finds columns that come, go and change", function()
    local out, text = change([[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(20) }, { "gone", types.integer },
  { "b", types.integer, nullable = false, server_default = 1 }, { "c", types.numeric(8, 2) } })]], [[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(40), server_default = "x" },
  { "b", types.integer }, { "c", types.numeric(10, 3), nullable = false, server_default = 0 },
  { "new", types.text } })]])
    has("add_column t.new", out)
    has("drop_column t.gone", out)
    has("alter_column t.a (type, server_default)", out)
    has("alter_column t.b (nullable, server_default)", out)
    has("destructive: loses the values of t.gone", text)
  end)

  it("finds keys, unique constraints, checks and foreign keys with their actions", function()
    local out = change([[
M:table("p", { { "id", types.integer, primary_key = true }, { "code", types.integer, nullable = false, unique = true } })
M:table("t", { { "a", types.integer, autoincrement = false }, { "b", types.integer, nullable = false }, { "c", types.integer },
  { "p_id", types.integer, references = "p.id" },
  schema.primary_key { "a" }, schema.check("c > 0", { name = "positive" }), schema.unique { "b" } })]], [[
M:table("p", { { "id", types.integer, primary_key = true }, { "code", types.integer, nullable = false } })
M:table("t", { { "a", types.integer }, { "b", types.integer, nullable = false }, { "c", types.integer },
  { "p_id", types.integer, references = "p.id", ondelete = "CASCADE" },
  schema.primary_key { "a", "b" }, schema.check("c > 1", { name = "positive" }), schema.unique { "a", "c" } })]])
    has("drop_constraint uq_p_code on p", out)
    has("uq_t_a_c", out)
    has("drop_constraint ck_t_positive on t", out)
    has("create_check_constraint ck_t_positive on t", out)
    has("drop_constraint fk_t_p_id_p on t", out)
    has("create_foreign_key fk_t_p_id_p on t", out)
    has(e2e.dialect == "mysql" and "batch_alter_table" or "create_primary_key pk_t on t", out)
  end)

  it("finds indexes that come, go, change and are renamed", function()
    local out = change([[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer, index = true }, { "b", types.integer },
  schema.index({ "b" }, { name = "old_name" }), schema.index({ "a", "b" }, { name = "both" }) })]], [[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "b", types.integer, index = true },
  schema.index({ "b", "a" }, { name = "both" }) })]])
    has("drop_index", out)
    has("rename_index", out)
    has("create_index both on t", out)
  end)

  it("takes an expression for what the server makes of it", function()
    local p = project()
    models(p, [[
M:table("t", { { "id", types.integer, primary_key = true }, { "name", types.varchar(50), nullable = false },
  { "price", types.numeric(10, 2), server_default = schema.sql "1+1" },
  { "made", types.timestamp, server_default = schema.sql "current_timestamp" },
  schema.check("price   >= 0 and NAME <> ''", { name = "sane" }) })]])
    migrate(p)
  end)

  it("renames tables and columns that say what they were called", function()
    local out, text, p = change([[
M:table("people", { { "id", types.integer, primary_key = true },
  { "handle", types.varchar(20), nullable = false, index = true } })
M:table("posts", { { "id", types.integer, primary_key = true }, { "person_id", types.integer, references = "people.id" } })]],
      [[
M:table("users", { { "id", types.integer, primary_key = true },
  { "nick", types.varchar(20), nullable = false, renamed_from = "handle" }, renamed_from = "people",
  schema.index({ "nick" }, { name = "ix_people_handle" }), schema.primary_key({ "id" }, { name = "pk_people" }) })
M:table("posts", { { "id", types.integer, primary_key = true },
  schema.foreign_key({ "person_id" }, "users", { "id" }, { name = "fk_posts_person_id_people" }),
  { "person_id", types.integer } })]])
    assert.equal("rename_table people to users\nalter_column users.handle (new_column_name)\n", out, text)
    must(p, "check") -- the mark may stay
  end)

  it("suggests a rename, and never guesses one", function()
    local p = project()
    models(p, 'M:table("t", { { "id", types.integer, primary_key = true }, { "old", types.varchar(33) } })')
    migrate(p)
    models(p, 'M:table("t", { { "id", types.integer, primary_key = true }, { "new", types.varchar(33) } })')
    local r = p:run("check")
    assert.equal("add_column t.new\ndrop_column t.old  (destructive)\n", r.out)
    has('renamed_from = "old"', r.err)
    models(p, 'M:table("s", { { "id", types.integer, primary_key = true }, { "old", types.varchar(33) } })')
    r = p:run("check")
    has('renamed_from = "t"', r.err)
  end)

  it("cuts circles of foreign keys, and runs both ways", function()
    local _, text = change('M:table("keep", { { "id", types.integer, primary_key = true } })', [[
M:table("keep", { { "id", types.integer, primary_key = true } })
M:table("a", { { "id", types.integer, primary_key = true }, { "b_id", types.integer, references = "b.id" } })
M:table("b", { { "id", types.integer, primary_key = true }, { "a_id", types.integer, references = "a.id" },
  { "own_id", types.integer, references = "b.id" } })]])
    if e2e.db ~= "sqlite" then has("op.create_foreign_key", text) end
    change([[
M:table("keep", { { "id", types.integer, primary_key = true } })
M:table("a", { { "id", types.integer, primary_key = true }, { "b_id", types.integer, references = "b.id" } })
M:table("b", { { "id", types.integer, primary_key = true }, { "a_id", types.integer, references = "a.id" } })]],
      'M:table("keep", { { "id", types.integer, primary_key = true } })')
  end)

  it("finds views that come, change and stand on each other", function()
    local out = change([[
M:table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
M:view("big", "SELECT id FROM t WHERE n > 10")
M:view("above", "SELECT id FROM big")]], [[
M:table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
M:view("big", "SELECT id FROM t WHERE n > 20")
M:view("above", "SELECT id FROM big")
M:view("more", "SELECT id FROM above")]])
    has("drop_view big", out)
    has("create_view big", out)
    has("create_view more", out)
  end)

  only_on("postgresql", "mysql")("finds comments of tables and columns", function()
    local out = change([[
M:table("t", { { "id", types.integer, primary_key = true, comment = "was" }, { "a", types.integer, comment = "gone" } })]], [[
M:table("t", { { "id", types.integer, primary_key = true, comment = "is" }, { "a", types.integer }, comment = "it's t" })]])
    has("create_table_comment t", out)
    has("alter_column t.id (comment)", out)
    has("alter_column t.a (comment)", out)
  end)

  it("finds enum values", function()
    local out = change(
      'M:table("t", { { "id", types.integer, primary_key = true }, { "m", types.enum("mood", { "a", "c" }) } })',
      'M:table("t", { { "id", types.integer, primary_key = true }, { "m", types.enum("mood", { "a", "b", "c" }) } })')
    has(e2e.db == "postgresql" and "add_enum_value mood" or e2e.db == "sqlite" and "create_check_constraint"
      or "alter_column t.m (type)", out)
  end)

  it("finds computed columns and collations", function()
    local nocase = e2e.db == "sqlite" and "NOCASE" or e2e.db == "postgresql" and "C" or "utf8mb4_bin"
    change(
      'M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "s", types.varchar(9) } })', ([[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "s", types.varchar(9), collation = %q },
  { "twice", types.integer, computed = { "a * 2", persisted = true } } })]]):format(nocase))
    change([[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer },
  { "n", types.integer, computed = { "a * 2", persisted = true } } })]], [[
M:table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer },
  { "n", types.integer, computed = { "a * 3", persisted = true } } })]])
  end)

  only_on("postgresql")("finds sequences, identities, and what only indexes of PostgreSQL have", function()
    local out = change([[
M:sequence("counter", { start = 5 })
M:table("t", { { "id", types.integer, identity = { start = 1 } }, { "a", types.integer }, { "b", types.text },
  schema.index({ "a" }, { name = "ix_a" }), schema.index({ "b" }, { name = "ix_b" }) })]], [[
M:sequence("counter", { start = 5, increment = 10 })
M:sequence("other")
M:table("t", { { "id", types.integer, identity = { start = 1, always = true, cache = 7 } }, { "a", types.integer },
  { "b", types.text },
  schema.index({ "a" }, { name = "ix_a", where = "a > 5", include = { "b" } }),
  schema.index({ "b" }, { name = "ix_b", ops = { b = "text_pattern_ops" } }),
  schema.index({ schema.sql "lower(b) DESC" }, { name = "ix_lower" }),
  schema.exclude({ { "a", "=" } }, { name = "once", using = "btree", where = "a > 3" }) })]])
    has("create_sequence other", out)
    has("ALTER SEQUENCE counter", out)
    has("alter_column t.id (identity)", out)
  end)

  only_on("postgresql")("recreates the views that stand on a column whose type changes", function()
    local out = change([[
M:table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })
M:view("big", "SELECT id, n FROM t WHERE n > 10")]], [[
M:table("t", { { "id", types.integer, primary_key = true }, { "n", types.bigint } })
M:view("big", "SELECT id, n FROM t WHERE n > 10")]])
    assert.equal("drop_view big\nalter_column t.n (type)\ncreate_view big\n", out)
  end)

  it("leaves curlew's own tables alone", function()
    local p = project()
    models(p, 'M:table("t", { { "id", types.integer, primary_key = true } })')
    migrate(p)
    assert.falsy(must(p, "reflect").out:find("curlew_version", 1, true))
  end)

  only_on("mysql", "mariadb")("changes a table's engine and its default charset", function()
    local columns = 'M:table("t", { { "id", types.integer, primary_key = true }'
    local out, text = change(columns .. " })", columns .. ', mysql_engine = "MyISAM", mysql_charset = "latin1" })')
    has("MyISAM", text)
    has("ENGINE=`InnoDB`", text)
    has("latin1", text)
    has("execute", out)
  end)
end)
