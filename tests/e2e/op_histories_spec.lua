--- What real histories do, in the shapes that public Alembic revisions have: guards by the inspector, statements
--- that may fail, enums kept as text, values replaced, indexes built concurrently, timeouts and PRAGMAs of their
--- own, commits in loops, upserts. Each goes up, down and up again.
local case = require "support.op_case"
local e2e = require "support.e2e"

local PG, SQLITE = e2e.dialect == "postgresql", e2e.dialect == "sqlite"

describe("real histories on " .. e2e.db, function()
  after_each(e2e.cleanup)

  --- A history of several revisions, { up, down } each; then up, down to base, up, and one step back and forth.
  local function history(revisions, config)
    local p = e2e.project { config = config }
    for n, r in ipairs(revisions) do
      p:revision { "r" .. n, up = case.PRELUDE .. r[1], down = case.PRELUDE .. r[2] }
    end
    for _, words in ipairs { { "upgrade" }, { "downgrade", "base" }, { "upgrade" }, { "downgrade", "-1" }, { "upgrade" } } do
      local r = p:run(table.unpack(words))
      assert.equal(0, r.code, table.concat(words, " ") .. ": " .. r.err)
    end
    assert.same({ "r" .. #revisions }, p:rows())
    return p
  end

  local USERS = { [[
    op.create_table("users", {
      { "id", types.integer, primary_key = true },
      { "email", types.string(255), nullable = false, unique = true },
      { "role", types.string(20), nullable = false, server_default = "user" },
      { "active", types.boolean, nullable = false, server_default = true },
      { "settings", types.json },
      { "created_at", types.datetime { timezone = true }, server_default = op.sql "CURRENT_TIMESTAMP", nullable = false },
    })
    op.bulk_insert("users", { { email = "a@x", role = "user" }, { email = "b@x", role = "admin", active = false },
      { email = "c@x", role = "owner" } })
  ]], [[ op.drop_table("users") ]] }

  it("guard each change by the inspector, so that a half-done database is finished", function()
    local p = history { USERS, { [[
      local i = op.inspect()
      local columns = {}
      for _, c in ipairs(i:columns("users")) do columns[c.name] = c end
      if not columns.last_seen then op.add_column("users", { "last_seen", types.datetime }) end
      if not columns.nickname then op.add_column("users", { "nickname", types.string(64), index = true }) end
      if not i:has_index("users", "ix_users_nickname") then op.create_index("ix_users_nickname", "users", { "nickname" }) end
      if not i:has_table("teams") then
        op.create_table("teams", { { "id", types.uuid, primary_key = true }, { "name", types.string(80), nullable = false } })
        op.insert("teams", { id = op.uuid(), name = "default" })
      end
      local has_fk = false
      for _, fk in ipairs(i:foreign_keys("users")) do has_fk = has_fk or fk.referent == "teams" end
      if not has_fk then
        op.batch_alter_table("users", function(t)
          t.add_column { "team_id", types.uuid }
          t.create_foreign_key("fk_users_team", "teams", { "team_id" }, { "id" }, { ondelete = "set null" })
        end)
      end
      op.execute "UPDATE users SET team_id = (SELECT id FROM teams WHERE name = 'default')"
      same(conn:scalar "SELECT count(*) FROM users WHERE team_id IS NOT NULL", 3)
    ]], [[
      local i = op.inspect()
      if i:has_column("users", "team_id") then
        op.batch_alter_table("users", function(t)
          t.drop_constraint("fk_users_team", { type = "foreignkey" })
          t.drop_column("team_id")
        end)
      end
      op.drop_table("teams", { if_exists = true })
      op.drop_index("ix_users_nickname", { table = "users", if_exists = true })
      for _, name in ipairs { "nickname", "last_seen" } do op.drop_column("users", name, { if_exists = true }) end
    ]] } }
    assert.same({ { "3" } }, p:sql("SELECT count(*) FROM users"))
  end)

  it("try what may fail, and go on", function()
    history { USERS, { [[
      -- It was made by hand on some servers.
      for _ = 1, 2 do
        local ok, err = op.savepoint(function() op.create_index("ix_users_role", "users", { "role" }) end)
        if not ok then op.log("there already: " .. err.message) end
      end
      local ok = op.savepoint(function() op.drop_constraint("users_legacy_check", "users", { type = "check" }) end)
      assert(not ok)
      ok = op.savepoint(function() op.execute "INSERT INTO users (email) VALUES ('a@x')" end)
      assert(not ok)
      op.insert("users", { email = "a@x" }, { on_conflict = "ignore" })
      same(conn:scalar "SELECT count(*) FROM users", 3)
      assert(op.inspect():has_index("users", "ix_users_role"))
    ]], [[ op.drop_index("ix_users_role", { table = "users" }) ]] } }
  end)

  it("keep enums as text, then as a type, and replace values", function()
    history { USERS, { [[
      op.create_check_constraint("ck_users_role", "users", "role IN ('user', 'admin', 'owner')")
    ]], [[ op.drop_constraint("ck_users_role", "users", { type = "check" }) ]] }, { [[
      op.drop_constraint("ck_users_role", "users", { type = "check" })
      op.update("users", { role = "admin" }, { role = "owner" })
      op.create_check_constraint("ck_users_role", "users", "role IN ('user', 'admin', 'guest')")
    ]], [[
      op.drop_constraint("ck_users_role", "users", { type = "check" })
      op.update("users", { role = "user" }, { role = "guest" })
      op.create_check_constraint("ck_users_role", "users", "role IN ('user', 'admin', 'owner')")
    ]] }, { [[
      op.drop_constraint("ck_users_role", "users", { type = "check" })
      op.alter_column("users", "role", { type = types.enum("user_role", { "user", "admin", "guest" }), existing_type = types.string(20) })
      op.add_column("users", { "plan", types.enum("plan", { "free", "paid" }), nullable = false, server_default = "free" })
    ]], [[
      op.drop_column("users", "plan")
      op.drop_enum("plan", { if_exists = true })
      op.alter_column("users", "role", { type = types.string(20), using = ctx.dialect == "postgresql" and "role::text" or nil,
        server_default = "user" })
      op.drop_enum("user_role", { if_exists = true })
      op.create_check_constraint("ck_users_role", "users", "role IN ('user', 'admin', 'guest')")
    ]] }, { [[
      op.alter_enum("user_role", { "member", "admin" }, { rename = { user = "member", guest = "member" }, columns = { { "users", "role" } } })
      op.insert("users", { email = "new@x" })
      same(conn:scalar "SELECT role FROM users WHERE email = 'new@x'", "member")
      same(conn:scalar "SELECT plan FROM users WHERE email = 'new@x'", "free")
    ]], [[
      op.delete("users", { email = "new@x" })
      op.alter_enum("user_role", { "user", "admin", "guest" }, { rename = { member = "user" }, columns = { { "users", "role" } } })
    ]] } }
  end)

  it("build indexes concurrently outside of the transaction, with their own timeouts and PRAGMAs", function()
    local p = history { USERS, { [[
      if ctx.dialect == "postgresql" then
        op.execute "SET lock_timeout = '4s'"
        op.execute "SET LOCAL statement_timeout = '2min'"
      elseif ctx.dialect == "sqlite" then
        op.execute "PRAGMA busy_timeout = 4000"
      else
        op.execute "SET SESSION lock_wait_timeout = 4"
      end
      op.add_column("users", { "tenant", types.bigint })
      op.autocommit_block(function()
        op.create_index("ix_users_tenant", "users", { "tenant", "created_at" }, { concurrently = true, if_not_exists = true })
        if ctx.dialect == "postgresql" then op.execute "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_raw ON users (lower(email))" end
      end)
      op.create_index("ix_users_active", "users", { "email" }, { concurrently = true,
        where = op.by_dialect { postgresql = "active", sqlite = "active" } })
    ]], [[
      op.autocommit_block(function()
        if ctx.dialect == "postgresql" then op.execute "DROP INDEX CONCURRENTLY IF EXISTS ix_raw" end
        op.drop_index("ix_users_active", { table = "users", concurrently = true, if_exists = true })
        op.drop_index("ix_users_tenant", { table = "users", concurrently = true })
      end)
      op.drop_column("users", "tenant")
    ]] } }
    if PG then assert.same({ { "t" } }, p:sql("SELECT bool_and(indisvalid) FROM pg_index")) end
  end)

  it("switch foreign keys off where that is the custom, and lose no row", function()
    history { USERS, { [[
      if ctx.dialect == "sqlite" then op.execute "PRAGMA foreign_keys = OFF" end
      op.create_table("posts", { { "id", types.integer, primary_key = true },
        { "user_id", types.integer, nullable = false, references = "users.id", ondelete = "cascade" }, { "body", types.text } })
      op.execute "INSERT INTO posts (user_id, body) SELECT id, 'hello: %s ' FROM users"
    ]], [[ op.drop_table("posts") ]] }, { [[
      if ctx.dialect == "sqlite" then op.execute "PRAGMA foreign_keys = OFF" end
      op.batch_alter_table("users", { recreate = "always" }, function(t)
        t.alter_column("email", { type = types.string(320), existing_type = types.string(255), existing_nullable = false })
        t.add_column { "score", types.numeric(10, 2), nullable = false, server_default = 0 }
      end)
      if ctx.dialect == "sqlite" then
        raises(function() op.execute "PRAGMA foreign_keys = ON" end, "foreign_keys does nothing in a transaction that has written")
        op.commit()
        op.execute "PRAGMA foreign_keys = ON"
      end
      same(conn:scalar "SELECT count(*) FROM posts", 3)
    ]], [[
      op.batch_alter_table("users", function(t)
        t.drop_column("score")
        t.alter_column("email", { type = types.string(255), existing_nullable = false })
      end)
      same(conn:scalar "SELECT count(*) FROM posts", 3)
    ]] } }
  end)

  it("fill a column in batches with commits, from rows, JSON and the newest key", function()
    history { USERS, { [[
      op.add_column("users", { "slug", types.string(80) })
      op.create_table("events", { { "id", types.bigint, primary_key = true }, { "user_id", types.integer }, { "data", types.json } })
      local last = 0
      while true do
        local rows = conn:all("SELECT id, email, settings FROM users WHERE id > :last ORDER BY id LIMIT 2", { last = last })
        if #rows == 0 then break end
        for _, row in ipairs(rows) do
          local settings = row.settings and op.json.decode(row.settings) or {}
          settings.slug = row[2]:match "^[^@]+"
          op.update("users", { slug = settings.slug, settings = op.json.encode(settings) }, { id = row.id })
          local key = op.insert("events", { user_id = row.id, data = op.json.encode { kind = "slug", list = op.json.array {} } })
          assert(math.type(key) == "integer")
          last = row.id
        end
        op.commit()
      end
      op.alter_column("users", "slug", { nullable = false, existing_type = types.string(80) })
      same(conn:column "SELECT slug FROM users ORDER BY slug", { "a", "b", "c" })
      same(op.json.decode(conn:scalar "SELECT settings FROM users WHERE slug = 'b'").slug, "b")
    ]], [[ op.drop_table("events") op.drop_column("users", "slug") op.update("users", { settings = op.null }, op.all) ]] }, { [[
      op.create_table("settings", { { "key", types.string(50), primary_key = true }, { "value", types.text } })
      for _, pair in ipairs { { "theme", "dark" }, { "lang", "en" }, { "theme", "light" } } do
        op.insert("settings", { key = pair[1], value = pair[2] }, { on_conflict = { columns = { "key" }, update = { "value" } } })
      end
      local k = conn:quote "key"
      same(conn:scalar("SELECT value FROM settings WHERE " .. k .. " = 'theme'"), "light")
      op.execute("UPDATE settings SET value = :v WHERE " .. k .. " IN :keys", { v = "10:30 100%", keys = { "lang", "none" } })
      same(conn:scalar("SELECT value FROM settings WHERE " .. k .. " = 'lang'"), "10:30 100%")
    ]], [[ op.drop_table("settings") ]] } }
  end)

  it("differ by dialect, and keep views, triggers and functions beside the tables", function()
    history { USERS, { [[
      op.create_view("active_users", "SELECT id, email FROM users WHERE active")
      op.create_table("audit", { { "id", types.integer, primary_key = true }, { "what", types.string(300) } })
      if ctx.dialect == "postgresql" then
        op.execute "CREATE OR REPLACE FUNCTION note() RETURNS trigger AS $$ BEGIN INSERT INTO audit (what) VALUES ('a; b'); RETURN NEW; END; $$ LANGUAGE plpgsql"
        op.create_trigger("users_audit", "users", { when = "after update", execute = "note()" })
      else
        op.execute "CREATE TRIGGER users_audit AFTER UPDATE ON users FOR EACH ROW BEGIN INSERT INTO audit (what) VALUES ('a; b'); END"
      end
      op.update("users", { active = true }, { email = "b@x" })
      same(conn:column "SELECT what FROM audit", { "a; b" })
      same(conn:scalar "SELECT count(*) FROM active_users", 3)
    ]], [[
      op.drop_trigger("users_audit", "users")
      if ctx.dialect == "postgresql" then op.drop_function("note()") end
      op.drop_view("active_users")
      op.drop_table("audit")
      op.update("users", { active = false }, { email = "b@x" })
    ]] }, { [[
      op.replace_view("active_users", "SELECT id, email, role FROM users WHERE active")
      op.execute(op.by_dialect { default = "UPDATE users SET role = 'x' WHERE 1 = 0", mysql = "UPDATE users SET role = 'x' LIMIT 0" })
    ]], [[ op.drop_view("active_users") op.create_view("active_users", "SELECT id, email FROM users WHERE active") ]] } }
  end)

  if SQLITE then
    it("change a table that a view and a trigger rely on", function()
      history { USERS, { [[
        op.create_view("v", "SELECT id, email FROM users")
        op.create_table("log", { { "n", types.integer } })
        op.execute "CREATE TRIGGER g AFTER INSERT ON users BEGIN INSERT INTO log VALUES (NEW.id); END"
        op.alter_column("users", "email", { type = types.text, nullable = true })
        op.insert("users", { email = op.null })
        same(conn:scalar "SELECT count(*) FROM log", 1)
        same(conn:scalar "SELECT count(*) FROM v", 4)
      ]], [[
        op.delete("users", { email = op.null })
        op.alter_column("users", "email", { type = types.string(255), nullable = false })
        op.drop_view("v") op.drop_trigger("g", "users") op.drop_table("log")
      ]] } }
    end)
  end
end)
