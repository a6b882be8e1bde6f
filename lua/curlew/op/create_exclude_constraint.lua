--- Add an exclude constraint (PostgreSQL): no two rows for which all operators hold.

return require("curlew.op.constraint_ops").definition("create_exclude_constraint", "exclude", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "Name of the table" },
  { "exclusions", "exclusions", doc = "List of { column, operator }" },
}, { exclusions = "exclusions" })
