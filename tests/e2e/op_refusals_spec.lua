--- What a database can't do is refused when it is called, at the script's line, with the alternative, and nothing of
--- the operation is sent; --sql refuses the same.
local e2e = require "support.e2e"
local snapshot = require "support.snapshot"

local function on(...)
  local set = {}
  for _, name in ipairs { ... } do
    if name == "mysqls" then set.mariadb, set.mysql = true, true else set[name] = true end
  end
  return set
end

--- { where it is refused, the call, words of the refusal and of the alternative }. PostgreSQL's own refusals are few.
local CALLS = {
  { on("sqlite"), 'op.create_schema("s")', "schemas", "ATTACH" },
  { on("sqlite"), 'op.drop_schema("s", { if_exists = true })', "schemas", "ATTACH" },
  { on("sqlite", "mysql"), 'op.create_sequence("s")', "sequences", "auto-incrementing" },
  { on("sqlite", "mysql"), 'op.drop_sequence("s", { if_exists = true })', "sequences", "auto-incrementing" },
  { on("sqlite", "mysqls"), 'op.create_extension("x", { if_not_exists = true })', "extensions", "ctx.dialect" },
  { on("sqlite", "mysqls"), 'op.drop_extension("x", { if_exists = true })', "extensions", "ctx.dialect" },
  { on("sqlite"), 'op.create_function("f()", { returns = "integer", body = "RETURN 1" })', "stored functions", "ctx.dialect" },
  { on("sqlite"), 'op.drop_function("f()", { if_exists = true })', "stored functions", "ctx.dialect" },
  { on("mysqls"), 'op.create_function("f()", { body = "RETURN 1" })', "without returns", "add returns" },
  { on("mysqls"), 'op.create_function("f()", { returns = "integer", language = "plpgsql", body = "RETURN 1" })', "plpgsql", "SQL" },
  { on("mysqls"), 'op.drop_function("f()", { cascade = true })', "cascade", "first" },
  { on("sqlite"), 'op.create_table_comment("t", "x")', "comments", "ctx.dialect" },
  { on("sqlite"), 'op.drop_table_comment("t")', "comments", "ctx.dialect" },
  { on("sqlite"), 'op.alter_column("t", "a", { comment = "x" })', "comment", "leave it out" },
  { on("sqlite", "mysqls"), 'op.create_view("v", "SELECT 1", { materialized = true })', "materialized", "use a table" },
  { on("sqlite", "mysqls"), 'op.replace_view("v", "SELECT 1", { materialized = true })', "materialized", "use a table" },
  { on("sqlite", "mysqls"), 'op.drop_view("v", { materialized = true, if_exists = true })', "materialized", "" },
  { on("mysqls"), 'op.create_view("v", "SELECT 1", { temporary = true })', "temporary", "plain view" },
  { on("sqlite", "mysqls"), 'op.drop_view("v", { cascade = true })', "cascade", "first" },
  { on("sqlite", "mysqls"), 'op.drop_table("t", { cascade = true })', "cascade", "first" },
  { on("mariadb"), 'op.drop_sequence("s", { cascade = true })', "cascade", "first" },
  { on("sqlite", "mysqls"), 'op.create_trigger("g", "t", { when = "after insert", execute = "f()" })', "execute", "body" },
  { on("sqlite", "mysqls"), 'op.create_trigger("g", "t", { when = "after insert", for_each = "statement", body = "BEGIN SELECT 1; END" })',
    "each statement", "for_each" },
  { on("sqlite", "mysqls"), 'op.create_trigger("g", "t", { when = "after insert or update", body = "BEGIN SELECT 1; END" })',
    "more than one event", "one trigger for each" },
  { on("sqlite", "mysqls"), 'op.create_trigger("g", "t", { when = "before truncate", body = "BEGIN SELECT 1; END" })', "truncate", "before delete" },
  { on("mysqls"), 'op.create_trigger("g", "t", { when = "after update of a", body = "BEGIN END" })', "update of columns", "OLD and NEW" },
  { on("mysqls"), 'op.create_trigger("g", "t", { when = "after update", condition = "NEW.a > 1", body = "BEGIN END" })', "condition", "IF" },
  { on("mysqls"), 'op.create_trigger("g", "t", { when = "instead of insert", body = "BEGIN END" })', "instead of", "before" },
  { on("sqlite", "mysqls"), 'op.drop_trigger("g", "t", { cascade = true })', "cascade", "first" },
  { on("mysqls"), 'op.drop_index("ix")', "without a table", "table" },
  { on("mysqls"), 'op.create_index("ix", "t", { "a" }, { where = "a > 1" })', "partial", "generated column" },
  { on("mariadb"), 'op.create_index("ix", "t", { op.sql "a + 1" })', "expression", "generated column" },
  { on("sqlite", "mysqls"), 'op.create_index("ix", "t", { "a" }, { include = { "b" } })', "include", "leave it out" },
  { on("sqlite", "mysqls"), 'op.create_index("ix", "t", { "b" }, { ops = { b = "text_ops" } })', "operator classes", "leave it out" },
  { on("sqlite", "mysqls"), 'op.create_index("ix", "t", { "a" }, { unique = true, nulls_not_distinct = true })', "nulls_not_distinct", "coalesce" },
  { on("sqlite", "mysqls"), 'op.create_index("ix", "t", { "a" }, { using = "gin" })', "gin", "" },
  { on("sqlite", "mysqls"), 'op.create_unique_constraint("uq", "t", { "a" }, { include = { "b" } })', "include", "leave it out" },
  { on("sqlite", "mysqls"), 'op.create_unique_constraint("uq", "t", { "a" }, { deferrable = true })', "deferrable", "" },
  { on("sqlite", "mysqls"), 'op.create_primary_key("pk", "nokey", { "x" }, { initially = "deferred" })', "deferrable", "" },
  { on("sqlite", "mysqls", "postgresql"), 'op.create_check_constraint("ck", "t", "a > 0", { deferrable = true })', "deferrable", "" },
  { on("sqlite", "mysqls"), 'op.create_check_constraint("ck", "t", "a > 0", { not_valid = true })', "not_valid", "leave it out" },
  { on("sqlite", "mysqls"), 'op.create_exclude_constraint("ex", "t", { { "a", "=" } })', "exclude", "unique constraint" },
  { on("mysqls"), 'op.create_foreign_key("fk", "t", "p", { "a" }, { "id" }, { deferrable = true })', "deferrable", "leave" },
  { on("mysqls"), 'op.create_foreign_key("fk", "t", "p", { "a" }, { "id" }, { ondelete = "set default" })', "set default", "set null" },
  { on("mysqls", "sqlite"), 'op.create_foreign_key("fk", "t", "p", { "a" }, { "id" }, { match = "full" })', "match", "leave it out" },
  { on("postgresql"), 'op.create_foreign_key("fk", "t", "p", { "a" }, { "id" }, { match = "partial" })', "partial", "full" },
  { on("sqlite", "mysqls"), 'op.create_foreign_key("fk", "t", "p", { "a" }, { "id" }, { not_valid = true })', "not_valid", "leave it out" },
  { on("sqlite", "mysqls"), 'op.validate_constraint("ck", "t")', "validate_constraint", "leave it out" },
  { on("mysqls"), 'op.rename_constraint("t", "PRIMARY", "pk")', "primary key", "PRIMARY" },
  { on("mysqls"), 'op.alter_column("t", "a", { type = types.text, using = "a" })', "using", "op.update" },
  { on("mysqls"), 'op.create_table("x", { { "a", types.varchar } })', "varchar without a length", "types.text" },
  { on("sqlite", "mysqls"), 'op.create_table("x", { { "a", types.array(types.integer) } })', "array", "types.json" },
  { on("sqlite", "mysqls"), 'op.add_column("t", { "x", types.array(types.integer) })', "array", "types.json" },
  { on("sqlite", "mysqls"), 'op.create_table("x", { { "a", types.integer, primary_key = true, identity = { always = true } } })', "always", "" },
  { on("sqlite", "mysqls"), 'op.create_table("x", { { "a", types.integer, primary_key = true, identity = { increment = 5 } } })', "increment", "" },
  { on("postgresql"), 'op.create_table("x", { { "a", types.integer }, { "b", types.integer, computed = { "a + 1", persisted = false } } })',
    "persisted", "leave persisted out" },
  { on("postgresql"), 'op.alter_column("t", "g", { computed = { "a + 2" } })', "version 17", "add it anew" },
  { on("sqlite", "mysqls"), 'op.batch_alter_table("t", function(t) t.validate_constraint("ck") end)', "validate_constraint", "leave it out" },
  { on("sqlite"), 'op.batch_alter_table("t", function(t) t.create_table_comment("x") end)', "comments", "ctx.dialect" },
}

local SETUP = [[
  op.create_table("p", { { "id", types.integer, primary_key = true } })
  op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "b", types.varchar(20) },
    { "g", types.integer, computed = { "a + 1", persisted = true } } })
  op.create_table("nokey", { { "x", types.integer, nullable = false } })
]]

describe("what " .. e2e.db .. " can't do is refused", function()
  after_each(e2e.cleanup)

  local function script()
    local lines = { "local bad = {}", "local function expect(call, texts, fn)",
      "  local ok, err = pcall(fn)",
      "  if ok then bad[#bad + 1] = 'accepted: ' .. call return end",
      "  local m = type(err) == 'table' and err.message .. ' ' .. (err.hint or '') or tostring(err)",
      "  if not m:find(\"can't do this\", 1, true) then bad[#bad + 1] = call .. ': ' .. m end",
      "  for _, text in ipairs(texts) do",
      "    if not m:lower():find(text:lower(), 1, true) then bad[#bad + 1] = call .. ': without ' .. text .. ': ' .. m end",
      "  end",
      "  if not (type(err) == 'table' and tostring(err.file):find 'a2') then bad[#bad + 1] = call .. ': no line: ' .. m end",
      "end" }
    local count = 0
    for _, item in ipairs(CALLS) do
      if item[1][e2e.db] then
        count = count + 1
        lines[#lines + 1] = ("expect(%q, { %q, %q }, function() %s end)"):format(item[2], item[3], item[4], item[2])
      end
    end
    lines[#lines + 1] = "if #bad > 0 then error(#bad .. ' wrong:\\n' .. table.concat(bad, '\\n')) end"
    return table.concat(lines, "\n"), count
  end

  it("at the call, with the alternative, and nothing is sent", function()
    local p = e2e.project { config = [[before_step = function(info)
      if info.revision == "a2" then error("sent: " .. tostring(info.sql)) end end,]] }
    local text, count = script()
    assert.is_true(count >= 4)
    p:revision { "a1", up = SETUP }
    p:revision { "a2", up = text }
    assert.equal(0, p:run("upgrade", "a1").code)
    local function state() return (snapshot.take(p.url):gsub("a[12]", ""):gsub("613[12]", "")) end -- but for the version
    local before = state()
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.equal(before, state())
  end)

  it("when it is printed, too", function()
    local p = e2e.project()
    p:revision { "a1", up = SETUP }
    p:revision { "a2", up = script() }
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    local after = r.out:match("revision a2.*$"):gsub("[^\n]*curlew_version[^\n]*\n", ""):gsub("[^\n]*BEGIN[^\n]*\n", ""):gsub("COMMIT;", "")
    assert.is_nil(after:match("CREATE[^\n]*") or after:match("ALTER[^\n]*") or after:match("DROP[^\n]*"))
  end)

  it("in the middle of a revision without a trace where definitions are transactional", function()
    local p = e2e.project()
    p:revision { "a1", up = SETUP }
    assert.equal(0, p:run("upgrade").code)
    local refused
    for _, item in ipairs(CALLS) do
      if item[1][e2e.db] and not refused then refused = item[2] end
    end
    p:revision { "a2", up = "op.add_column(\"t\", { \"added\", types.integer })\n" .. refused }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("a2.lua:13", r.err, 1, true)
    local there = pcall(p.sql, p, "SELECT added FROM t")
    assert.equal(not e2e.transactional, there)
    assert.same({ "a1" }, p:rows())
  end)
end)
