--- Check the existing rows of a constraint that was made with not_valid (PostgreSQL).

local M = { name = "validate_constraint", ddl = true }

M.args = {
  { "name", "name", doc = "Name of the constraint" },
  { "table", "name", doc = "Name of the table" },
}

function M.summary(record) return ("validate_constraint %s on %s"):format(record.name, record.table) end

--- Doing it again changes nothing, so it may always count as not yet done.
function M.probe() return false end

M.example = [[
op.create_check_constraint("short", "users", "char_length(name) < 100", { not_valid = true })
op.validate_constraint("short", "users")
]]
M.not_on = { "sqlite", "mariadb", "mysql" }

return M
