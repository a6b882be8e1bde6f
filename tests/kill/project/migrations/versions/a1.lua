-- tables, rows, a column, an index
local op = require "op"
local mark = require "mark"
local types = op.types

local M = { revision = "a1" }

function M.upgrade()
  op.create_table("users", {
    { "id", types.bigint, primary_key = true },
    { "name", types.varchar(60), nullable = false },
    { "role", types.varchar(20), server_default = "user" },
  })
  mark "a1 up"
  op.bulk_insert("users", { { name = "ann" }, { name = "bob" }, { name = "eve", role = "boss" } })
  op.add_column("users", { "age", types.integer })
  op.update("users", { age = 40 }, { name = "ann" })
  op.create_index("ix_users_name", "users", { "name" }, { unique = true })
  mark "a1 up"
end

function M.downgrade()
  mark "a1 down"
  op.drop_index("ix_users_name", { table = "users" })
  op.delete("users", { name = "ann" })
  op.drop_table("users")
  mark "a1 down"
end

return M
