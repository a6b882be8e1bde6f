--- Give a table its primary key.

return require("curlew.op.constraint_ops").definition("create_primary_key", "primary_key", {
  { "name", "given_name?", doc = "Name of the constraint, or nil" },
  { "table", "name", doc = "Name of the table" },
  { "columns", "names", doc = "Columns of the key" },
}, { columns = "columns" })
