--- Golden cases: indexes, constraints and enums; see tables.lua.

local M = {}

M.create_index = {
  { "columns", function(op) op.create_index("ix_users_role_age", "users", { "role", "age" }) end },
  { "without a name", function(op) op.create_index(nil, "users", { "age" }) end },
  { "unique", function(op) op.create_index("ux", "users", { "age" }, { unique = true }) end },
  { "expression", function(op) op.create_index("ix_lower", "users", { op.sql "lower(email)" }) end },
  { "expression with an operator", function(op) op.create_index("ix_sum", "users", { op.sql "age + 1 DESC" }) end },
  { "descending", function(op) op.create_index("ix_desc", "users", { op.sql "age DESC" }) end },
  { "partial", function(op) op.create_index("ix_part", "users", { "email" }, { where = "age > 3" }) end },
  { "method", function(op) op.create_index("ix_hash", "users", { "email" }, { using = "hash" }) end },
  { "included columns", function(op) op.create_index("ix_inc", "users", { "email" }, { include = { "age" } }) end },
  { "operator class", function(op)
    op.create_index("ix_ops", "users", { "email" }, { ops = { email = "varchar_pattern_ops" } })
  end },
  { "NULLs equal", function(op)
    op.create_index("ux_nulls", "users", { "age" }, { unique = true, nulls_not_distinct = true })
  end },
  { "prefix", function(op) op.create_index("ix_note", "users", { "note" }, { mysql_length = 20 }) end },
  { "that may be there", function(op) op.create_index("ix_users_role", "users", { "role" }, { if_not_exists = true }) end },
  { "concurrently", function(op) op.create_index("ix_conc", "users", { "age" }, { concurrently = true }) end },
}

M.drop_index = {
  { "that may not be there", function(op) op.drop_index("nothing", { table = "users", if_exists = true }) end },
  { "of a table", function(op) op.drop_index("ix_users_role", { table = "users" }) end },
  { "concurrently", function(op) op.drop_index("ix_users_role", { table = "users", concurrently = true }) end },
}

M.rename_index = {
  { "of a table", function(op) op.rename_index("users", "ix_users_role", "Roles") end },
}

M.create_primary_key = {
  { "named", function(op) op.create_primary_key("pk_plain", "plain", { "id" }) end },
}

M.create_unique_constraint = {
  { "named", function(op) op.create_unique_constraint("uq_role_age", "users", { "role", "age" }) end },
  { "unnamed", function(op) op.create_unique_constraint(nil, "users", { "age" }) end },
  { "deferrable", function(op)
    op.create_unique_constraint("uq_d", "users", { "age" }, { deferrable = true, initially = "deferred" })
  end },
  { "with included columns", function(op)
    op.create_unique_constraint("uq_i", "users", { "age" }, { include = { "role" } })
  end },
  { "NULLs equal", function(op)
    op.create_unique_constraint("uq_n", "users", { "age" }, { nulls_not_distinct = true })
  end },
}

M.create_check_constraint = {
  { "that may be there", function(op)
    op.create_check_constraint("ck_users_age", "users", "age > 0", { if_not_exists = true })
    op.create_check_constraint("ck_other", "users", "age > 0", { if_not_exists = true })
  end },
  { "named", function(op) op.create_check_constraint("ck_old", "users", "age < 200") end },
  { "not valid", function(op) op.create_check_constraint("ck_new", "users", "age < 100", { not_valid = true }) end },
}

M.create_exclude_constraint = {
  { "named", function(op)
    op.create_exclude_constraint("ex_days", "plain", { { "id", "=" }, { op.sql "int4range(a, b)", "&&" } },
      { using = "gist", where = "a < b" })
  end },
}

M.create_foreign_key = {
  { "named", function(op)
    op.create_foreign_key("fk_lead", "teams", "users", { "lead_id" }, { "id" }, { ondelete = "set null" })
  end },
  { "unnamed", function(op) op.create_foreign_key(nil, "teams", "users", { "lead_id" }, { "id" }) end },
  { "not valid", function(op)
    op.create_foreign_key("fk_lead", "teams", "users", { "lead_id" }, { "id" }, { not_valid = true })
  end },
  { "deferrable", function(op)
    op.create_foreign_key("fk_lead", "teams", "users", { "lead_id" }, { "id" },
      { deferrable = true, initially = "immediate" })
  end },
  { "set default", function(op)
    op.create_foreign_key("fk_lead", "teams", "users", { "lead_id" }, { "id" }, { ondelete = "set default" })
  end },
}

M.drop_constraint = {
  { "that may not be there", function(op)
    op.drop_constraint("nothing", "users", { type = "check", if_exists = true })
  end },
  { "foreign key", function(op) op.drop_constraint("fk_posts_user", "posts", { type = "foreignkey" }) end },
  { "unique", function(op) op.drop_constraint("uq_users_email", "users", { type = "unique" }) end },
  { "check", function(op) op.drop_constraint("ck_users_age", "users", { type = "check" }) end },
  { "primary key", function(op) op.drop_constraint("plain2_pkey", "plain2", { type = "primary" }) end },
  { "of any type", function(op) op.drop_constraint("ck_users_age", "users") end },
}

M.validate_constraint = {
  { "a check", function(op) op.validate_constraint("ck_users_age", "users") end },
}

M.rename_constraint = {
  { "a check", function(op) op.rename_constraint("users", "ck_users_age", "ck_years") end },
}

M.create_enum = {
  { "values", function(op) op.create_enum("mood", { "ok", "it's bad" }) end },
  { "that may be there", function(op) op.create_enum("mood", { "ok" }, { if_not_exists = true }) end },
}

M.drop_enum = {
  { "an enum", function(op)
    op.create_enum("mood", { "a" })
    op.drop_enum "mood"
  end },
  { "that may not be there", function(op) op.drop_enum("nothing", { if_exists = true }) end },
}

local COLUMNS = { { "users", "state" } }

M.add_enum_value = {
  { "at the end", function(op)
    op.create_enum("state", { "new", "done" }, { if_not_exists = true })
    op.add_enum_value("state", "gone", { columns = COLUMNS, existing_nullable = true, existing_server_default = op.null })
  end },
  { "before another", function(op)
    op.create_enum("state", { "new", "done" }, { if_not_exists = true })
    op.add_enum_value("state", "held", { before = "done", columns = COLUMNS, existing_nullable = true,
      existing_server_default = op.null })
  end },
}

M.alter_enum = {
  { "other values", function(op)
    op.alter_enum("state", { "open", "done", "gone" }, { rename = { new = "open" }, columns = COLUMNS,
      existing_nullable = true, existing_server_default = op.null })
  end },
}

return M
