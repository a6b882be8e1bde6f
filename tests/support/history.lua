--- A history that uses every operation, for tests that compare two ways of running it. p:revision
--- writes it: a base, a branch, a merge, and changes of all kinds on top.
local M = {}

M.last = "h08"

local function tables(p)
  p:revision { "h01", parent = false, title = "tables, it's \\ \"quoted\"", up = [[
    op.create_table("users", {
      { "id", types.bigint, primary_key = true },
      { "email", types.varchar(120), nullable = false, unique = true },
      { "name", types.varchar(60), server_default = "it's", comment = "what \\ people's friends say" },
      { "state", types.enum("user_state", { "new", "it's", "old" }), server_default = "new", nullable = false },
      { "score", types.numeric(12, 3) }, { "active", types.boolean, server_default = true },
      { "born", types.date }, { "seen", types.timestamp }, { "avatar", types.blob }, { "notes", types.json },
      op.check("score >= 0", { name = "ck_score" }),
      op.index({ "name" }, { name = "ix_users_name" }),
      comment = "all users' data",
    })
    op.create_table("posts", {
      { "id", types.integer, primary_key = true },
      { "user_id", types.bigint, references = "users.id", references_name = "fk_posts_user", ondelete = "cascade" },
      { "title", types.varchar(80), nullable = false },
      { "Order", types.integer },
      op.unique({ "user_id", "title" }, { name = "uq_posts" }),
    })
    op.insert("users", { email = "a@example.org", name = "O'Neil \\ ü 🐦", score = op.sql "1.5", born = "2001-02-03",
      seen = "2026-01-01 10:00:00", avatar = "\0\1\255'", active = false, notes = '{"a": "b\\"c"}' })
    op.bulk_insert("users", {
      { email = "b@example.org", name = op.null, score = 2, active = true },
      { email = "c@example.org", name = "-- no comment; really" },
    })
    op.insert("posts", { user_id = 1, title = "line one\nline two; $1 ? :x %s", Order = -1 })
  ]], down = [[op.drop_table("posts") op.drop_table("users", { if_exists = true })
    op.drop_enum("user_state", { if_exists = true })]] }
end

local function branches(p)
  p:revision { "h02", labels = "left", parent = "h01", title = "left", up = [[
    op.add_column("users", { "age", types.integer, server_default = 18, nullable = false })
    op.add_column("users", { "age", types.integer }, { if_not_exists = true })
    op.create_index("ix_users_age", "users", { "age", "name" }, { unique = false })
    op.update("users", { age = 30, name = "it's \\ changed" }, { email = { "a@example.org", "x'y" } })
  ]], down = [[op.drop_index("ix_users_age", { table = "users" }) op.drop_column("users", "age")]] }
  p:revision { "h03", labels = "right", parent = "h01", title = "right", up = [[
    op.create_table("tags", { { "name", types.varchar(40), primary_key = true }, { "weight", types.double } })
    op.create_table("tags", { { "name", types.varchar(40) } }, { if_not_exists = true })
    op.bulk_insert("tags", { { name = "x", weight = 0.1 }, { name = "y", weight = 1e300 }, { name = "z" } })
    op.delete("tags", { name = "y" })
    op.execute("INSERT INTO tags (name, weight) VALUES (:n, :w)", { n = "it's :n", w = 2.5 })
    op.execute "INSERT INTO tags (name) VALUES ('a;b'); INSERT INTO tags (name) VALUES ('c')"
  ]], down = [[op.drop_table("tags")]] }
  p:revision { "h04", parent = { "h02", "h03" }, title = "merge", up = [[
    op.create_view("active_users", "SELECT id, email FROM users WHERE active")
    op.replace_view("active_users", "SELECT id, email, active FROM users WHERE active")
  ]], down = [[op.drop_view("active_users")]] }
end

local BODY = {
  sqlite = [[BEGIN UPDATE users SET score = 0 WHERE id = new.user_id; UPDATE users SET age = age + 1 WHERE id = new.user_id; END]],
  mysql = [[BEGIN UPDATE users SET score = 0 WHERE id = NEW.user_id; UPDATE users SET age = age + 1 WHERE id = NEW.user_id; END]],
}

local function changes(p, dialect)
  local trigger
  if dialect == "postgresql" then
    trigger = [[
    op.create_function("touch()", { returns = "trigger", language = "plpgsql", body =
      "BEGIN UPDATE users SET score = 0 WHERE id = NEW.user_id; RETURN NEW; END" })
    op.create_trigger("posts_touch", "posts", { when = "after insert", execute = "touch()" })]]
  else
    trigger = ('op.create_trigger("posts_touch", "posts", { when = "after insert", body = %q })'):format(BODY[dialect])
  end
  p:revision { "h05", title = "trigger", up = trigger .. [[

    op.insert("posts", { user_id = 2, title = "fires the trigger" })
  ]], down = [[op.drop_trigger("posts_touch", "posts")]]
      .. (dialect == "postgresql" and [[ op.drop_function("touch()")]] or "") }
  p:revision { "h06", title = "columns", up = [[
    op.update("users", { name = "nobody" }, { name = op.null })
    op.alter_column("users", "name", { type = types.varchar(200) })
    op.alter_column("users", "name", { nullable = false, server_default = "nobody", new_column_name = "full_name" })
    op.alter_column("users", "score", { server_default = 7 })
    op.alter_column("posts", "Order", { new_column_name = "position" })
    op.alter_enum("user_state", { "new", "it's", "gone", "old" }, { columns = { { "users", "state" } } })
    if ctx.dialect ~= "sqlite" then -- there the values are known in their own run only
      op.add_enum_value("user_state", "back", { after = "it's", columns = { { "users", "state" } } })
    end
  ]], down = [[
    op.alter_column("posts", "position", { new_column_name = "Order" })
    op.alter_column("users", "score", { server_default = op.null })
    op.alter_column("users", "full_name", { nullable = true, server_default = "it's", new_column_name = "name" })
    op.alter_column("users", "name", { type = types.varchar(60) })
  ]] }
end

local function constraints(p, dialect)
  p:revision { "h07", title = "constraints", up = [[
    op.drop_constraint(nil, "users", { type = "unique", columns = { "email" } })
    op.create_unique_constraint("uq_users_email", "users", { "email", "born" })
    op.drop_constraint("ck_score", "users", { type = "check" })
    op.create_check_constraint("ck_age", "users", "age < 200")
    op.drop_constraint("fk_posts_user", "posts", { type = "foreignkey" })
    op.create_foreign_key("fk_posts_user_2", "posts", "users", { "user_id" }, { "id" }, { ondelete = "set null" })
    op.rename_constraint("users", "ck_age", "ck_users_age")
    op.batch_alter_table("posts", function(t)
      t.add_column({ "body", types.text })
      t.add_column({ "likes", types.integer, server_default = 0 })
      t.create_index("ix_posts_likes", { "likes" })
    end)
  ]], down = [[
    op.batch_alter_table("posts", function(t)
      t.drop_index("ix_posts_likes")
      t.drop_column("likes")
      t.drop_column("body")
    end)
    op.rename_constraint("users", "ck_users_age", "ck_age")
    op.drop_constraint("fk_posts_user_2", "posts", { type = "foreignkey" })
    op.create_foreign_key("fk_posts_user", "posts", "users", { "user_id" }, { "id" }, { ondelete = "cascade" })
    op.drop_constraint("ck_age", "users", { type = "check" })
    op.create_check_constraint("ck_score", "users", "score >= 0")
    op.drop_constraint("uq_users_email", "users", { type = "unique" })
    op.create_unique_constraint(nil, "users", { "email" })
  ]] }
  p:revision { "h08", title = "outside of transactions", up = [[
    op.insert("tags", { name = "before" })
    op.autocommit_block(function() op.insert("tags", { name = "inside" }) end)
    op.create_index("ix_tags_weight", "tags", { "weight" }, { concurrently = true })
    op.commit()
    op.rename_table("tags", "labels")
    op.rename_index("labels", "ix_tags_weight", "ix_labels_weight")
    op.insert("labels", { name = "after" })
    op.get_bind():execute("UPDATE labels SET weight = ? WHERE name = ?", { 9, "after" })
  ]], down = [[
    op.rename_index("labels", "ix_labels_weight", "ix_tags_weight")
    op.rename_table("labels", "tags")
    op.drop_index("ix_tags_weight", { table = "tags", concurrently = ]] .. tostring(dialect == "postgresql") .. [[ })
    op.delete("tags", { name = { "before", "inside", "after" } })
  ]] }
end

--- Writes the revisions h01 to h08: h01, then h02 and h03 beside each other, h04 joins them.
---@param p table a project of support.e2e
---@param dialect string
function M.write(p, dialect)
  tables(p)
  branches(p)
  changes(p, dialect)
  constraints(p, dialect)
end

return M
