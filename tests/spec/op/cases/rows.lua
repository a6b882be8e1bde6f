--- Golden cases: rows and raw SQL; see tables.lua. Parameters are shown as literals.

local M = {}

M.insert = {
  { "one row", function(op) op.insert("teams", { name = "it's", lead_id = 1 }) end },
  { "every kind of value", function(op)
    op.insert("kinds_of_values", { a = 1, b = 1.5, c = true, d = "\\ and '", e = op.null, f = op.sql "1 + 1", g = "\255\0",
      h = "🎈", i = 1e300, j = math.mininteger })
  end },
  { "defaults only", function(op) op.insert("defaults", {}) end },
  { "ignored when there", function(op) op.insert("teams", { id = 1, name = "a" }, { on_conflict = "ignore" }) end },
  { "updated when there", function(op)
    op.insert("teams", { id = 1, name = "a", lead_id = 2 },
      { on_conflict = { columns = { "id" }, update = { "name", "lead_id" } } })
  end },
  { "updated with values when there", function(op)
    op.insert("teams", { id = 1, name = "a" }, { on_conflict = { columns = { "id" }, update = { name = "b" } } })
  end },
}

M.bulk_insert = {
  { "rows of one shape", function(op) op.bulk_insert("teams", { { name = "a" }, { name = "b" } }) end },
  { "rows that differ", function(op)
    op.bulk_insert("teams", { { name = "a" }, { name = "b", lead_id = 2 }, { lead_id = op.null, name = "c" },
      { name = op.sql "lower('D')" } })
  end },
  { "none", function(op) op.bulk_insert("teams", {}) end },
}

M.update = {
  { "equalities", function(op) op.update("users", { role = "x", age = op.sql "age + 1" }, { id = 1, note = op.null }) end },
  { "lists", function(op)
    op.update("users", { age = op.null }, { id = { 1, 2 }, role = { "a", op.null }, age = {} })
  end },
  { "expression", function(op) op.update("users", { age = 2 }, op.sql "age < 2 OR age IS NULL") end },
  { "every row", function(op) op.update("users", { age = 2 }, op.all) end },
}

M.delete = {
  { "equalities", function(op) op.delete("users", { role = "x" }) end },
  { "every row", function(op) op.delete("users", op.all) end },
}

M.execute = {
  { "one statement", function(op) op.execute "UPDATE users SET age = 3 WHERE note = 'a:b %d'" end },
}

return M
