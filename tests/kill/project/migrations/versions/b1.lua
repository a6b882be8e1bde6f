-- guards, a loop over rows, keys of inserted rows
local op = require "op"
local mark = require "mark"
local types = op.types

local M = { revision = "b1", down_revision = "a1" }

function M.upgrade()
  local conn = op.get_bind()
  if not op.inspect():has_table("audit") then
    op.create_table("audit", {
      { "id", types.bigint, primary_key = true },
      { "user_id", types.bigint, nullable = false },
      { "what", types.varchar(80) },
    })
  end
  for row in conn:rows("SELECT id, name FROM users ORDER BY id") do
    op.insert("audit", { user_id = row.id, what = "seen " .. row.name })
  end
  local key = op.insert("users", { name = "kim", age = 1 })
  op.add_column("users", { "email", types.varchar(120) })
  op.update("users", { email = "kim@example.org" }, { id = key })
  if not op.inspect():has_column("users", "city") then
    op.add_column("users", { "city", types.varchar(30) })
    mark "b1 up"
  end
  op.create_foreign_key("fk_audit_user", "audit", "users", { "user_id" }, { "id" })
  op.insert("audit", { user_id = key, what = "added" })
  conn:execute("UPDATE users SET age = COALESCE(age, 0) + 1")
  mark "b1 up"
end

function M.downgrade()
  mark "b1 down"
  op.execute("UPDATE users SET age = age - 1")
  op.drop_constraint("fk_audit_user", "audit", { type = "foreignkey" })
  op.drop_column("users", "city")
  if op.inspect():has_column("users", "email") then op.drop_column("users", "email") end
  mark "b1 down"
  op.drop_table("audit")
  op.delete("users", { name = "kim" })
  mark "b1 down"
end

return M
