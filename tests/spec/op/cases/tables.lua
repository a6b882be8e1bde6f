--- Golden cases: tables and columns. Each list is { title, function(op, types) } for one operation; the SQL
--- of every case is kept in tests/golden/<server>/<operation>.sql, a refusal as its message.

local M = {}

M.create_table = {
  { "columns of every kind", function(op, types)
    op.create_table("accounts", {
      { "id", types.bigint, primary_key = true },
      { "email", types.varchar(120), nullable = false, unique = true },
      { "role", types.varchar(20), server_default = "user", index = true },
      { "age", types.smallint, server_default = 18, check = "age >= 0" },
      { "active", types.boolean, nullable = false, server_default = true },
      { "score", types.double, server_default = 0.1 },
      { "team_id", types.bigint, references = "teams.id", ondelete = "cascade", references_name = "fk_users_team" },
      { "created_at", types.timestamp, server_default = op.sql "CURRENT_TIMESTAMP", nullable = false },
      { "loud", types.varchar(130), computed = { "upper(email)", persisted = true } },
    })
  end },
  { "table entries", function(op, types)
    op.create_table("bookings", {
      { "room", types.integer },
      { "day", types.date },
      { "guest", types.varchar(40) },
      { "user_id", types.bigint },
      op.primary_key({ "room", "day" }, { name = "pk_bookings" }),
      op.unique({ "guest", "day" }, { name = "uq_guest" }),
      op.check("room > 0", { name = "ck_room" }),
      op.foreign_key({ "user_id" }, "users", { "id" }, { ondelete = "set null", onupdate = "cascade" }),
      op.index({ "guest" }),
    })
  end },
  { "every type", function(op, types)
    op.create_table("kinds", {
      { "a", types.smallint }, { "b", types.integer }, { "c", types.bigint },
      { "d", types.numeric(12, 2) }, { "d38", types.numeric(38, 10) }, { "d0", types.numeric },
      { "e", types.real }, { "f", types.double }, { "g", types.float }, { "g53", types.float(53) },
      { "h", types.boolean }, { "i", types.varchar(10) }, { "j", types.char(3) },
      { "k", types.text }, { "k1", types.text(200) }, { "k2", types.text(100000) }, { "k3", types.text(20000000) },
      { "l", types.blob }, { "l3", types.blob(20000000) }, { "m", types.date }, { "n", types.time },
      { "o", types.timestamp { precision = 3 } }, { "p", types.timestamp { timezone = true } },
      { "q", types.datetime }, { "r", types.interval }, { "s", types.json }, { "t", types.jsonb },
      { "u", types.uuid }, { "v", types.enum("mood", { "ok", "it's bad" }) },
      { "w", types.enum("tone", { "low", "high" }, { native = false }) },
      { "x", types.enum("size", { "s", "xl" }, { native = false, check = true }) },
      { "y", types.raw "INTEGER" }, { "z", types.by_dialect { default = types.text, postgresql = types.jsonb } },
    })
  end },
  { "array", function(op, types) op.create_table("t", { { "a", types.array(types.integer) } }) end },
  { "varchar without a length", function(op, types) op.create_table("t", { { "a", types.varchar } }) end },
  { "names that need quotes", function(op, types)
    op.create_table('we"ird`tab', {
      { "Select", types.integer, primary_key = true },
      { "group", types.varchar(10), server_default = "a'b\\c" },
      { "naïve", types.integer, index = true },
    })
  end },
  { "comments", function(op, types)
    op.create_table("t", { { "a", types.integer, comment = "it's one" }, comment = "a \\ table" })
  end },
  { "options", function(op, types)
    op.create_table("t", {
      { "a", types.integer, primary_key = true }, { "b", types.text, nullable = false },
      mysql_engine = "InnoDB", mysql_charset = "utf8mb4", sqlite_strict = true,
    })
    op.create_table("u", { { "a", types.varchar(10), primary_key = true }, sqlite_without_rowid = true })
    op.create_table("v", { { "a", types.integer, primary_key = true }, sqlite_autoincrement = true })
    op.create_table("w", { { "a", types.integer }, temporary = true })
    op.create_table("p", { { "a", types.integer }, postgresql_partition_by = "RANGE (a)" })
    op.create_table("x", { { "a", types.integer, index = true }, if_not_exists = true })
  end },
  { "keys that do not count", function(op, types)
    op.create_table("a", { { "id", types.integer, primary_key = true, autoincrement = false } })
    op.create_table("b", { { "id", types.bigint, primary_key = true, references = { "users", "id" } } })
    op.create_table("c", { { "id", types.integer, primary_key = true, server_default = 7 } })
    op.create_table("d", { { "id", types.integer }, op.primary_key { "id" } })
  end },
  { "identity", function(op, types)
    op.create_table("t", { { "id", types.bigint, primary_key = true, identity = { start = 1 } } })
  end },
  { "identity with options", function(op, types)
    op.create_table("t", {
      { "id", types.bigint, primary_key = true, identity = { always = true, start = 100, increment = 5 } },
    })
  end },
  { "virtual column", function(op, types)
    op.create_table("t", { { "a", types.integer }, { "b", types.integer, computed = { "a * 2", persisted = false } } })
  end },
  { "deferrable foreign key", function(op, types)
    op.create_table("t", {
      { "id", types.integer, primary_key = true },
      { "up", types.integer, references = { "t", "id" }, deferrable = true, initially = "deferred" },
    })
  end },
  { "deferrable unique constraint", function(op, types)
    op.create_table("t", { { "a", types.integer }, op.unique({ "a" }, { deferrable = true }) })
  end },
  { "match full", function(op, types)
    op.create_table("t", { { "a", types.bigint, references = "users.id", match = "full" } })
  end },
  { "exclude constraint", function(op, types)
    op.create_table("t", { { "a", types.integer }, op.exclude({ { "a", "=" } }, { name = "ex_a" }) })
  end },
  { "collation", function(op, types)
    local name = op.by_dialect { postgresql = "C", mysql = "utf8mb4_bin", sqlite = "NOCASE" }
    op.create_table("t", { { "a", types.varchar(10), collation = name }, { "b", types.text { collation = name } } })
  end },
  { "in a schema", function(op, types)
    op.create_table("t", { { "id", types.integer, primary_key = true } }, { schema = "other" })
  end },
  { "expression defaults", function(op, types)
    op.create_table("t", {
      { "a", types.integer, server_default = op.sql "(1 + 1)" },
      { "b", types.text, server_default = "x" },
      { "c", types.varchar(50), server_default = op.sql "lower('X')" },
      { "d", types.timestamp { precision = 6 }, server_default = op.sql "CURRENT_TIMESTAMP" },
    })
  end },
}

M.drop_table = {
  { "a table", function(op) op.drop_table "posts" end },
  { "that may not be there", function(op) op.drop_table("nothing", { if_exists = true }) end },
  { "with what depends on it", function(op) op.drop_table("users", { cascade = true }) end },
}

M.rename_table = {
  { "a table", function(op) op.rename_table("posts", "Articles") end },
}

M.add_column = {
  { "plain", function(op, types) op.add_column("users", { "nick", types.varchar(30) }) end },
  { "not null with a default", function(op, types)
    op.add_column("users", { "level", types.integer, nullable = false, server_default = 1 })
  end },
  { "with a foreign key", function(op, types)
    op.add_column("users", { "boss_id", types.bigint, references = "users.id", references_name = "fk_boss",
      ondelete = "set null" })
  end },
  { "with an index and a check", function(op, types)
    op.add_column("users", { "place", types.integer, index = true, check = op.check("place > 0", { name = "ck_place" }) })
  end },
  { "unique", function(op, types) op.add_column("users", { "code", types.varchar(30), unique = true }) end },
  { "behind another", function(op, types) op.add_column("users", { "x", types.integer }, { after = "id" }) end },
  { "first of all", function(op, types) op.add_column("users", { "x", types.integer }, { first = true }) end },
  { "with a comment", function(op, types) op.add_column("users", { "x", types.integer, comment = "why" }) end },
  { "enum", function(op, types)
    op.add_column("users", { "mood", types.enum("mood2", { "up", "down" }), nullable = false, server_default = "up" })
  end },
  { "computed", function(op, types)
    op.add_column("users", { "twice", types.integer, computed = { "age * 2", persisted = op.by_dialect { postgresql = true } } })
  end },
  { "that may be there", function(op, types)
    op.add_column("users", { "note", types.text }, { if_not_exists = true })
    op.add_column("users", { "it's", types.varchar(9), server_default = "a'b" }, { if_not_exists = true })
  end },
  { "default that is no constant", function(op, types)
    op.add_column("users", { "seen", types.timestamp, server_default = op.sql "CURRENT_TIMESTAMP" })
  end },
}

M.drop_column = {
  { "plain", function(op) op.drop_column("users", "note") end },
  { "that may not be there", function(op) op.drop_column("users", "nothing", { if_exists = true }) end },
}

M.alter_column = {
  { "rename", function(op) op.alter_column("users", "note", { new_column_name = "remark" }) end },
  { "type", function(op, types)
    op.alter_column("users", "note", { type = types.varchar(500), existing_nullable = true, existing_server_default = op.null })
  end },
  { "type with using", function(op, types)
    op.alter_column("users", "note", { type = types.integer, using = "length(note)", existing_type = types.text })
  end },
  { "nullability", function(op, types)
    op.alter_column("users", "age", { nullable = false, existing_type = types.integer, existing_server_default = op.null })
  end },
  { "set default", function(op, types)
    op.alter_column("users", "role", { server_default = "guest", existing_type = types.varchar(20) })
  end },
  { "drop default", function(op) op.alter_column("users", "role", { server_default = op.null }) end },
  { "comment", function(op, types)
    op.alter_column("users", "age", { comment = "in years", existing_type = types.integer, existing_nullable = true,
      existing_server_default = op.null })
  end },
  { "everything at once", function(op, types)
    op.alter_column("plain", "a", { new_column_name = "years", type = types.bigint, nullable = false,
      server_default = 3, comment = "old" })
  end },
  { "nothing", function(op, types) op.alter_column("users", "age", { existing_type = types.integer }) end },
  { "auto-increment", function(op, types)
    op.alter_column("plain", "id", { autoincrement = true, existing_type = types.bigint, existing_nullable = false,
      existing_server_default = op.null })
  end },
  { "identity", function(op, types)
    op.alter_column("plain", "id", { identity = { start = 50 }, existing_type = types.bigint, existing_nullable = false,
      existing_server_default = op.null })
  end },
}

M.create_table_comment = { { "a table", function(op) op.create_table_comment("users", "people's accounts") end } }
M.drop_table_comment = { { "a table", function(op) op.drop_table_comment "users" end } }

M.batch_alter_table = {
  { "several changes", function(op, types)
    op.batch_alter_table("users", function(t)
      t.add_column { "a", types.integer }
      t.add_column { "b", types.text }
      t.drop_column "note"
      t.create_index("ix_a", { "age" })
    end)
  end },
  { "a change of what was just changed", function(op, types)
    op.batch_alter_table("users", function(t)
      t.add_column { "a", types.integer }
      t.execute "UPDATE users SET a = 1"
      t.create_index("ix_a", { "a" })
    end)
  end },
}

return M
