--- The plugin pg_policies: its SQL.
local golden = require "support.plugin_golden"

describe("pg_policies", function()
  setup(function() golden.load "pg_policies" end)

  it("writes the SQL of its golden file", function()
    golden.check("pg_policies", { "postgresql" }, {
      { "row security", function(op)
        op.enable_row_security("orders", { force = true, schema = "shop" })
        op.disable_row_security("Users")
      end },
      { "a policy", function(op)
        op.create_policy("own", "orders", { to = { "app", "public" }, using = "owner = current_user",
          check = op.sql "owner = current_user" })
      end },
      { "a restrictive one for a command", function(op)
        op.create_policy("not gone", "orders", { command = "select", restrictive = true, using = "NOT gone", schema = "shop" })
      end },
      { "changed, with what it was", function(op)
        op.alter_policy("own", "orders", { rename = "mine", to = "app", using = "a", former = { to = { "public" }, using = "b" } })
      end },
      { "changed for good", function(op) op.alter_policy("own", "orders", { using = "a" }) end },
      { "renamed", function(op) op.alter_policy("own", "orders", { rename = "mine" }) end },
      { "dropped", function(op) op.drop_policy("own", "orders", { if_exists = true }) end },
      { "dropped, with what it was", function(op)
        op.drop_policy("own", "orders", { command = "insert", check = "true", to = { "app" } })
      end },
      { "grants", function(op)
        op.grant({ "select", "update(email, Name)" }, { "users", "orders" }, { to = { "app", "public" }, schema = "shop" })
        op.grant("usage", "shop", { kind = "schema", to = "app", grant_option = true })
        op.grant("execute", "add(integer, integer)", { kind = "function", to = "current_user" })
        op.grant("all", "shop", { kind = "all_tables", to = "app" })
        op.revoke("all", "users", { to = "public" })
      end },
      { "a function, and its next version", function(op)
        op.replace_function("tax(numeric)", "create function tax(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n'")
        op.replace_function("tax(numeric)", "CREATE OR REPLACE FUNCTION tax(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n * 2'",
          { former = "CREATE FUNCTION tax(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n'" })
      end },
      { "a function that returns something else", function(op)
        op.replace_function("f()", "CREATE PROCEDURE f() LANGUAGE sql AS ''",
          { former = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", drop = true, schema = "app" })
      end },
      { "a function that goes", function(op)
        op.remove_function("f()", { former = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'" })
      end },
      { "triggers", function(op)
        op.replace_trigger("audit", "orders", "CREATE TRIGGER audit AFTER INSERT ON orders EXECUTE FUNCTION note()")
        op.replace_trigger("late", "orders", "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()")
        op.remove_trigger("audit", "orders", { former = "CREATE TRIGGER audit AFTER INSERT ON orders EXECUTE FUNCTION note()" })
      end },
      { "no definition", function(op) op.replace_function("f()", "SELECT 1") end },
      { "a trigger that is a function", function(op) op.replace_trigger("t", "x", "CREATE FUNCTION f() RETURNS int") end },
      { "no such command", function(op) op.create_policy("p", "t", { command = "uptade" }) end },
      { "insert sees nothing", function(op) op.create_policy("p", "t", { command = "insert", using = "true" }) end },
      { "no such privilege", function(op) op.grant("selekt", "t", { to = "app" }) end },
      { "no such kind", function(op) op.grant("select", "t", { to = "app", kind = "tabel" }) end },
      { "to nobody", function(op) op.grant("select", "t") end },
      { "nothing changes", function(op) op.alter_policy("p", "t", {}) end },
      { "a former that is of no use", function(op) op.alter_policy("p", "t", { using = "a", former = { check = "b" } }) end },
    })
  end)
end)
