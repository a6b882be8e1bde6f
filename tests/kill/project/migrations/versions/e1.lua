-- changes of what is there: types, constraints, names, a view
local op = require "op"
local mark = require "mark"
local types = op.types

local M = { revision = "e1", down_revision = "d1" }

function M.upgrade()
  op.alter_column("users", "role", { type = types.varchar(40), nullable = false })
  op.create_unique_constraint("uq_labels_name", "labels", { "name" })
  mark "e1 up"
  op.create_check_constraint("ck_orders_total", "orders", "total >= 0")
  op.rename_index("users", "ix_users_name", "ix_users_by_name")
  op.alter_column("labels", "name", { new_column_name = "label" })
  op.create_view("rich", "SELECT id, total FROM orders WHERE total > 100")
  op.update("labels", { label = "w" }, { id = 1 })
  mark "e1 up"
  op.drop_column("labels", "n")
end

function M.downgrade()
  op.add_column("labels", { "n", types.integer, server_default = 7 })
  op.update("labels", { label = "x" }, { id = 1 })
  mark "e1 down"
  op.drop_view("rich")
  op.alter_column("labels", "label", { new_column_name = "name" })
  op.rename_index("users", "ix_users_by_name", "ix_users_name")
  op.drop_constraint("ck_orders_total", "orders", { type = "check" })
  op.drop_constraint("uq_labels_name", "labels", { type = "unique" })
  mark "e1 down"
  op.alter_column("users", "role", { type = types.varchar(20), nullable = true })
end

return M
