-- work that leaves the transaction: a concurrent index, an autocommit block, op.commit; a savepoint
local op = require "op"
local mark = require "mark"
local types = op.types

local M = { revision = "c1", down_revision = "b1" }
local concurrently = op.by_dialect { postgresql = true, default = false }

function M.upgrade()
  op.create_table("orders", {
    { "id", types.integer, primary_key = true, autoincrement = false },
    { "total", types.integer, nullable = false },
  })
  local rows = {}
  for i = 1, 20 do rows[i] = { id = i, total = i * i } end
  op.bulk_insert("orders", rows)
  op.create_index("ix_orders_total", "orders", { "total" }, { concurrently = concurrently })
  mark "c1 up"
  op.autocommit_block(function()
    mark "c1 up"
    op.add_column("orders", { "note", types.varchar(20) })
    op.insert("orders", { id = 100, total = 0, note = "block" })
  end)
  mark "c1 up"
  op.commit()
  mark "c1 up"
  local ok = op.savepoint(function()
    mark "c1 up"
    op.insert("orders", { id = 1, total = 1 })
  end)
  if not ok then op.update("orders", { note = "there" }, { id = 1 }) end
  op.execute "UPDATE orders SET total = total + 1; UPDATE witness SET n = n + 1 WHERE name = 'c1 up'"
end

function M.downgrade()
  mark "c1 down"
  op.execute("UPDATE orders SET total = total - 1")
  op.commit()
  op.drop_index("ix_orders_total", { table = "orders", concurrently = concurrently })
  mark "c1 down"
  op.autocommit_block(function() op.drop_column("orders", "note") end)
  mark "c1 down"
  op.drop_table("orders")
end

return M
