--- Drop a trigger; on PostgreSQL also the function that create_trigger made of its body.

local M = { name = "drop_trigger", ddl = true }

M.args = {
  { "name", "name", doc = "Name of the trigger" },
  { "table", "name", doc = "Its table" },
}
M.options = {
  { "if_exists", "boolean", doc = "Do nothing when there is no such trigger" },
  { "cascade", "boolean", doc = "Drop what depends on it too (PostgreSQL)" },
}

function M.summary(record) return ("drop_trigger %s on %s"):format(record.name, record.table) end

function M.probe(record, inspector)
  return not inspector:has_trigger(record.table, record.name, { schema = record.schema })
end

M.example = [[
op.create_trigger("users_tidy", "users", {
  when = "after delete",
  body = op.by_dialect {
    postgresql = "BEGIN DELETE FROM notes WHERE user_id = OLD.id; RETURN OLD; END",
    default = "BEGIN DELETE FROM notes WHERE user_id = OLD.id; END",
  },
})
op.drop_trigger("users_tidy", "users")
]]

return M
