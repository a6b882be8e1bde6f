--- The plugin mysql_online: its SQL, on MySQL, MariaDB and where it means nothing.
local golden = require "support.plugin_golden"

describe("mysql_online", function()
  setup(function() golden.load "mysql_online" end)

  it("writes the SQL of its golden files", function()
    golden.check("mysql_online", { "mysql", "mariadb", "postgresql" }, {
      { "a column", function(op, types) op.online_add_column("orders", { "note", types.varchar(20), index = true }) end },
      { "a column, chosen otherwise", function(op, types)
        op.online_add_column("orders", { "note", types.varchar(20) }, { algorithm = "inplace", lock = "shared", schema = "shop" })
      end },
      { "a column that goes", function(op) op.online_drop_column("orders", "note") end },
      { "another name", function(op) op.online_alter_column("orders", "note", { new_column_name = "remark" }) end },
      { "a longer text", function(op, types)
        op.online_alter_column("orders", "note", { type = types.varchar(30), existing_nullable = true,
          existing_server_default = op.null })
      end },
      { "another default", function(op) op.online_alter_column("orders", "note", { server_default = "x" }) end },
      { "an index", function(op) op.online_create_index("by_note", "orders", { "note" }, { unique = true }) end },
      { "an index that goes", function(op) op.online_drop_index("by_note", { table = "orders" }) end },
      { "a unique constraint", function(op) op.online_create_unique_constraint("u", "orders", { "a", "b" }) end },
      { "a foreign key", function(op) op.online_create_foreign_key("fk", "orders", "users", { "user_id" }, { "id" }) end },
      { "a constraint that goes", function(op) op.online_drop_constraint("fk", "orders", { type = "foreignkey" }) end },
      { "MariaDB's own", function(op) op.online_create_index("i", "t", { "a" }, { algorithm = "nocopy" }) end },
      { "a copy", function(op) op.online_drop_column("orders", "note", { algorithm = "copy" }) end },
      { "no such algorithm", function(op) op.online_drop_column("orders", "note", { algorithm = "magic" }) end },
      { "no such lock", function(op) op.online_drop_column("orders", "note", { lock = "all" }) end },
      { "what online means already", function(op) op.online_create_index("i", "t", { "a" }, { concurrently = true }) end },
      { "arguments of the built-in", function(op) op.online_add_column("orders", { "note" }) end },
      { "options of neither", function(op) op.online_drop_column("orders", "note", { algoritm = "instant" }) end },
    })
  end)
end)
