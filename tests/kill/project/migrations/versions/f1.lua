-- backfills in SQL and in Lua, each in several batches: what is added twice, or not at all, shows
local op = require "op"
local mark = require "mark"
local types = op.types

local M = { revision = "f1", down_revision = "e1" }

local function tuned(options)
  options.batch_size, options.target = 8, false
  return options
end

function M.upgrade()
  mark "f1 up"
  op.add_column("orders", { "slug", types.varchar(40) })
  op.batch_update("orders", tuned { set = { total = op.sql "total + 1000" } })
  local r = op.batch_update("orders", tuned { columns = { "id", "total" }, set = function(row)
    return { total = row.total + 10000, slug = ("order-%d"):format(row.id) }
  end })
  mark "f1 up"
  op.batch_each("orders", tuned { columns = { "id" }, where = "id <= 20" }, function(rows, conn)
    for _, row in ipairs(rows) do row.label = "made " .. row.id end
    conn:execute("INSERT INTO labels (id, label) VALUES (1000 + :id, :label)", rows)
    conn:execute("UPDATE witness SET n = n + 1 WHERE name = 'f1 rows'")
  end)
  op.update("users", { age = 1000 + r.rows }, { name = "bob" })
  op.batch_delete("labels", tuned { where = "label LIKE :l AND id > 1010", params = { l = "made %" } })
  mark "f1 up"
end

function M.downgrade()
  op.batch_delete("labels", tuned { where = "id > 1000" })
  mark "f1 down"
  op.batch_update("orders", tuned { columns = { "total" }, set = function(row)
    return { total = row.total - 11000 }
  end })
  op.drop_column("orders", "slug")
  op.update("users", { age = 1 }, { name = "bob" })
  mark "f1 down"
end

return M
