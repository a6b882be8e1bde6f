-- without a transaction
local op = require "op"
local mark = require "mark"
local types = op.types

local M = { revision = "d1", down_revision = "c1", transaction = "none" }

function M.upgrade()
  op.create_table("tags", {
    { "id", types.integer, primary_key = true, autoincrement = false },
    { "name", types.varchar(30) },
  })
  mark "d1 up"
  op.bulk_insert("tags", { { id = 1, name = "x" }, { id = 2, name = "y" } })
  op.create_index("ix_tags_name", "tags", { "name" })
  mark "d1 up"
  op.rename_table("tags", "labels")
  op.insert("labels", { id = 3, name = "z" })
  op.add_column("labels", { "n", types.integer, server_default = 7 })
  op.update("labels", { n = 8 }, { id = 3 })
end

function M.downgrade()
  mark "d1 down"
  op.drop_column("labels", "n")
  op.rename_table("labels", "tags")
  mark "d1 down"
  op.drop_index("ix_tags_name", { table = "tags" })
  op.drop_table("tags")
end

return M
