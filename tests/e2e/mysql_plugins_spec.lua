--- The plugins that come along for MySQL and MariaDB, there; elsewhere mysql_online means nothing and works.
local e2e = require "support.e2e"

local on_mysql = e2e.dialect == "mysql" and it or function() end

describe("mysql_online", function()
  after_each(e2e.cleanup)
  local p

  before_each(function() p = e2e.project { config = 'plugins = { "mysql_online", "tidb" },' } end)

  local TABLE = [[op.create_table("orders", { { "id", types.integer, primary_key = true }, { "a", types.varchar(20) },
    { "b", types.integer } })
    op.bulk_insert("orders", { { id = 1, a = "x", b = 1 }, { id = 2, a = "y", b = 2 } })
  ]]
  local UP = [[
    op.online_add_column("orders", { "note", types.varchar(20), nullable = false, server_default = "" })
    op.online_alter_column("orders", "note", { new_column_name = "remark" })
    op.online_alter_column("orders", "a", { type = types.varchar(40), existing_nullable = true, existing_server_default = op.null })
    op.online_alter_column("orders", "b", { server_default = 7 })
    op.online_create_index("by_a", "orders", { "a" })
    op.online_create_unique_constraint("u_b", "orders", { "b" })
    op.online_drop_constraint("u_b", "orders", { type = "unique" })
    op.online_drop_index("by_a", { table = "orders" })
    op.online_add_column("orders", { "gone", types.integer })
    op.online_drop_column("orders", "gone")
  ]]

  it("changes a table, is printed, and is the built-in operation elsewhere", function()
    p:revision { "a1", up = TABLE }
    p:revision { "b2", up = UP, down = [[op.online_drop_column("orders", "remark")
      op.online_alter_column("orders", "b", { server_default = op.null })]] }
    for _, words in ipairs { { "upgrade" }, { "downgrade", "-1" }, { "upgrade" } } do
      local r = p:run(table.unpack(words))
      assert.equal(0, r.code, r.out .. r.err)
    end
    assert.same({ { "1", "x", "" }, { "2", "y", "" } }, p:sql("SELECT id, a, remark FROM orders ORDER BY id"))
    p:sql("INSERT INTO orders (id) VALUES (3)")
    assert.same({ { "7" } }, p:sql("SELECT b FROM orders WHERE id = 3"))
    local r = p:run("upgrade", "--sql")
    assert.equal(0, r.code, r.err)
    local words = r.out:match("ADD COLUMN note[^;]+")
    if e2e.dialect == "mysql" then assert.matches("ALGORITHM=INSTANT", words) else assert.not_matches("ALGORITHM", words) end
  end)

  it("is refused at the script's line", function()
    p:revision { "a1", up = '\nop.online_alter_column("t", "b", { type = types.varchar(20) })' }
    local r = p:run("upgrade", "--sql")
    if e2e.dialect == "mysql" then assert.matches("add existing_nullable.-migrations/versions/a1%.lua:13", r.err) end
    p:revision { "a1", parent = false, up = '\nop.online_drop_column("t", "b", { algorithm = "copy" })' }
    assert.matches("keeps away.-migrations/versions/a1%.lua:13", p:run("upgrade").err)
  end)

  on_mysql("is refused instead of copying the table", function()
    p:revision { "a1", up = TABLE }
    assert.equal(0, p:run("upgrade").code)
    local function refused(up, pattern)
      p:revision { "b2", parent = "a1", up = up }
      local r = p:json("upgrade")
      assert.equal(1, r.code, r.out)
      local e = r.events[#r.events].error
      assert.matches(pattern, e.message)
      assert.same({ { "x", "1" }, { "y", "2" } }, p:sql("SELECT a, b FROM orders ORDER BY id"))
    end
    refused([[op.online_alter_column("orders", "b", { type = types.varchar(20) })]], "ALGORITHM=INPLACE is not supported")
    refused([[op.online_create_index("i", "orders", { "a" }, { algorithm = "instant" })]], "ALGORITHM=INSTANT is not supported")
    refused([[op.online_create_index("i", "orders", { "a" }, { using = "fulltext" })]], "LOCK=NONE is not supported")
    refused([[op.online_drop_column("orders", "b", { algorithm = "copy" })]], "a copy is what op.online_drop_column keeps away")
    p:revision { "b2", parent = "a1", up = [[op.online_create_index("i", "orders", { "a" }, { using = "fulltext", lock = "shared" })]] }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
  end)

  on_mysql("says whose choice is whose", function()
    p:revision { "a1", up = TABLE .. [[op.online_create_index("i", "orders", { "a" }, { algorithm = "nocopy" })]] }
    local r = p:run("upgrade")
    if e2e.db == "mariadb" then
      assert.equal(0, r.code, r.err)
    else
      assert.matches('MySQL can\'t do this: algorithm = "nocopy"', r.err)
    end
  end)

  it("a part of it is undone online", function()
    p:revision { "a1", up = TABLE }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "b2", more = 'transaction = "none",', up = [[
      op.online_add_column("orders", { "note", types.varchar(20) })
      op.online_create_index("by_a", "orders", { "a" })
      error("stop here")]] }
    assert.equal(1, p:run("upgrade").code)
    local r = p:run("-v", "-v", "downgrade", "a1")
    assert.equal(0, r.code, r.out .. r.err)
    if e2e.dialect == "mysql" then
      assert.matches("DROP INDEX by_a, ALGORITHM=INPLACE, LOCK=NONE", r.err)
      assert.matches("DROP COLUMN note, ALGORITHM=INSTANT", r.err)
    end
  end)
end)
