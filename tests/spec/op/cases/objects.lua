--- Golden cases: schemas, sequences, views, extensions, functions and triggers; see tables.lua.

local M = {}

M.create_schema = { { "a schema", function(op) op.create_schema("Extra", { if_not_exists = true }) end } }
M.drop_schema = { { "a schema", function(op) op.drop_schema("nothing", { if_exists = true }) end } }

M.create_sequence = {
  { "plain", function(op) op.create_sequence "numbers" end },
  { "options", function(op)
    op.create_sequence("numbers", { start = 10, increment = 2, minvalue = 2, maxvalue = 1000, cache = 5, cycle = true })
  end },
}
M.drop_sequence = { { "a sequence", function(op) op.drop_sequence("nothing", { if_exists = true }) end } }

M.create_view = {
  { "that may be there", function(op) op.create_view("everybody", "SELECT 1 AS id", { if_not_exists = true }) end },
  { "a query", function(op) op.create_view("adults", "SELECT id, email FROM users WHERE age >= 18;") end },
  { "named columns", function(op)
    op.create_view("adults", "SELECT id, email FROM users", { columns = { "Id", "mail" }, replace = true })
  end },
  { "materialized", function(op) op.create_view("m", "SELECT 1 AS one", { materialized = true }) end },
}
M.replace_view = { { "a query", function(op) op.replace_view("everybody", "SELECT id FROM users WHERE age > 1") end } }
M.drop_view = {
  { "a view", function(op) op.drop_view "everybody" end },
  { "that may not be there", function(op) op.drop_view("nothing", { if_exists = true }) end },
}

M.create_extension = { { "an extension", function(op) op.create_extension("plpgsql", { if_not_exists = true }) end } }
M.drop_extension = { { "an extension", function(op) op.drop_extension("nothing", { if_exists = true }) end } }

M.create_function = {
  { "a function", function(op)
    op.create_function("add_up(a integer, b integer)", { returns = "integer", volatility = "immutable",
      body = op.by_dialect { postgresql = "BEGIN RETURN a + b; END", default = "RETURN a + b" } })
  end },
  { "in its own language, in place of another", function(op)
    op.create_function("one()", { returns = "integer", language = "sql", replace = true,
      body = op.by_dialect { postgresql = "SELECT 1", default = "RETURN 1" } })
  end },
}
M.drop_function = {
  { "a function", function(op) op.drop_function("nothing()", { if_exists = true }) end },
}

M.create_trigger = {
  { "that may be there", function(op)
    op.create_trigger("grow", "users", { when = "before delete", if_not_exists = true,
      body = op.by_dialect { postgresql = "BEGIN RETURN OLD; END", default = "BEGIN DELETE FROM plain; END" } })
  end },
  { "with a body", function(op)
    op.create_trigger("grow", "users", { when = "before update",
      body = op.by_dialect {
        postgresql = "BEGIN NEW.age := NEW.age + 1; RETURN NEW; END",
        mysql = "BEGIN SET NEW.age = NEW.age + 1; END",
        default = "BEGIN UPDATE users SET age = age + 1 WHERE id = NEW.id; END",
      } })
  end },
  { "that calls a function, for several events", function(op)
    op.create_trigger("audit", "users", { when = "after insert or update of age", for_each = "row",
      condition = "NEW.age > 1", execute = "note_it()" })
  end },
  { "with a condition, in place of another", function(op)
    op.create_trigger("grow", "users", { when = "after update of age", condition = "NEW.age > 1", replace = true,
      body = op.by_dialect { postgresql = "BEGIN RETURN NULL; END", default = "BEGIN DELETE FROM plain; END" } })
  end },
}
M.drop_trigger = {
  { "a trigger", function(op) op.drop_trigger("nothing", "users", { if_exists = true }) end },
}

return M
