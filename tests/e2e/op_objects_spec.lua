--- Schemas, sequences, views, functions, triggers, comments and the odd corners of columns on real servers.
local e2e = require "support.e2e"

describe("objects on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local function passes(up, down)
    local p = e2e.project()
    p:revision { "a1", up = up, down = down }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    if down then
      r = p:run("downgrade", "base")
      assert.equal(0, r.code, r.err)
    end
    return p
  end

  local function refuses(up, ...)
    local p = e2e.project()
    p:revision { "a1", up = up }
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.out)
    for _, text in ipairs { ... } do assert.matches(text, r.err, 1, true) end
  end

  local TABLE = [[
    op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer }, { "b", types.varchar(20) } })
    local conn, i = op.get_bind(), op.inspect()
  ]]

  it("are views that are made, replaced and dropped", function()
    passes(TABLE .. [[
      op.create_view("v", "SELECT a FROM t;", { columns = { "Renamed" } })
      assert(i:views()[1] == "v")
      op.insert("t", { a = 4, b = "x" })
      assert(conn:first("SELECT * FROM v").Renamed == 4)
      op.drop_view("v")
      op.create_view("v", "SELECT a FROM t")
      op.replace_view("v", "SELECT a, b FROM t")
      assert(conn:first("SELECT * FROM v").b == "x")
      op.replace_view("w", "SELECT 1 AS one")
      op.drop_view("v")
      op.drop_view("w", { if_exists = true })
      op.drop_view("w", { if_exists = true })
      assert(#i:views() == 0)
    ]])
  end)

  it("are triggers that fire", function()
    passes(TABLE .. [[
      op.create_trigger("grow", "t", { when = "after insert", body = op.by_dialect {
        postgresql = "BEGIN UPDATE t SET a = a + 1 WHERE id = NEW.id; RETURN NULL; END",
        default = "BEGIN DELETE FROM log; INSERT INTO log VALUES (NEW.a + 1); END" }, })
      op.create_table("log", { { "n", types.integer } })
      op.insert("t", { a = 1 })
      local got = ctx.dialect == "postgresql" and conn:scalar("SELECT a FROM t") or conn:scalar("SELECT n FROM log")
      assert(got == 2, got)
      op.drop_trigger("grow", "t")
      op.drop_trigger("grow", "t", { if_exists = true })
      op.insert("t", { a = 7 })
      assert(conn:scalar("SELECT count(*) FROM t WHERE a = 7") == 1)
    ]])
  end)

  if e2e.db == "sqlite" then
    it("are refused by name where there are none, with the alternative", function()
      refuses([[op.create_sequence("s")]], "SQLite can't do this: op.create_sequence", "auto-incrementing")
      refuses([[op.create_schema("s")]], "op.create_schema", "ATTACH")
      refuses([[op.create_function("f()", { returns = "int", body = "1" })]], "op.create_function")
      refuses([[op.create_extension("x")]], "op.create_extension")
      refuses([[op.create_table_comment("t", "x")]], "op.create_table_comment")
    end)
  else
    it("are functions", function()
      passes([[
        op.create_function("twice(n integer)", { returns = "integer", volatility = "immutable", body = op.by_dialect {
          postgresql = "BEGIN RETURN n * 2; END", default = "RETURN n * 2" } })
        assert(op.get_bind():scalar("SELECT twice(4)") == 8)
        op.create_function("twice(n integer)", { returns = "integer", replace = true, body = op.by_dialect {
          postgresql = "BEGIN RETURN n + n + 1; END", default = "BEGIN SET n = n + n; RETURN n + 1; END" } })
        assert(op.get_bind():scalar("SELECT twice(4)") == 9)
        op.drop_function(op.by_dialect { postgresql = "twice(integer)", default = "twice" })
        op.drop_function("twice(n integer)", { if_exists = true })
      ]])
    end)

    it("are schemas, and tables in them", function()
      local schema = "Cw " .. os.time() .. math.random(1e6)
      passes(([[
        local s = %q
        op.create_schema(s)
        op.create_table("u", { { "id", types.integer, primary_key = true }, { "a", types.varchar(10), comment = "x" } },
          { schema = s })
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "u_id", types.integer,
          references = { s, "u", "id" } }, { "e", types.enum("mood", { "x" }) }, op.index { "u_id" } }, { schema = s })
        local i, w = op.inspect(), { schema = s }
        assert(i:has_table("t", w) and not i:has_table("t") and i:foreign_keys("t", w)[1].referent == "u")
        op.add_column("t", { "n", types.integer, index = true }, w)
        op.create_check_constraint("ck", "t", "n > 0", w)
        op.alter_column("t", "n", { nullable = false, comment = "y", schema = s })
        op.insert("t", { n = 3 }, w)
        assert(op.update("t", { n = 4 }, { n = 3 }, w) == 1)
        op.rename_table("t", "t2", w)
        assert(i:has_index("t2", "ix_t_n", w) and i:has_constraint("t2", "ck", w) and #i:columns("t2", w) == 4)
        op.drop_index("ix_t_n", { table = "t2", schema = s })
        op.drop_constraint("ck", "t2", { type = "check", schema = s })
        op.drop_column("t2", "n", w)
        assert(op.delete("t2", op.all, w) == 1)
        op.drop_table("t2", w)
        op.drop_schema(s, { cascade = true })
        op.drop_schema(s, { if_exists = true })
      ]]):format(schema))
    end)

    it("are comments of tables and columns", function()
      passes(TABLE .. [[
        op.create_table_comment("t", "it's a \\ table")
        op.alter_column("t", "a", { comment = "it's a \\ column" })
        for _, c in ipairs(i:columns("t")) do
          if c.name == "a" then assert(c.comment == "it's a \\ column" and c.type.name == "integer" and c.nullable) end
        end
        local sql = ctx.dialect == "postgresql" and "SELECT coalesce(obj_description('t'::regclass), '')"
          or "SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't'"
        assert(conn:scalar(sql) == "it's a \\ table")
        op.drop_table_comment("t")
        op.alter_column("t", "a", { comment = op.null })
        assert(conn:scalar(sql) == "" and i:columns("t")[2].comment == nil)
      ]])
    end)
  end

  if e2e.db == "postgresql" or e2e.db == "mariadb" then
    it("are sequences", function()
      passes [[
        op.create_sequence("s", { start = 10, increment = 5 })
        op.create_sequence("s", { if_not_exists = true })
        local next = op.by_dialect { postgresql = "SELECT nextval('s')", default = "SELECT NEXTVAL(s)" }
        next = ctx.dialect == "postgresql" and "SELECT nextval('s')" or "SELECT NEXTVAL(s)"
        assert(op.get_bind():scalar(next) == 10)
        op.drop_sequence("s")
        op.drop_sequence("s", { if_exists = true })
      ]]
    end)
  end

  if e2e.db == "postgresql" then
    it("are constraints that are validated later, exclude constraints and materialized views", function()
      passes [[
        op.create_extension("btree_gist")
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
        op.insert("t", { a = -1 })
        op.create_check_constraint("ck", "t", "a > 0", { not_valid = true })
        local ok = op.savepoint(function() op.validate_constraint("ck", "t") end)
        assert(not ok)
        op.update("t", { a = 1 }, op.all)
        op.validate_constraint("ck", "t")
        op.create_exclude_constraint("ex", "t", { { "a", "=" }, { op.sql "int4range(id, id + 2)", "&&" } }, { using = "gist" })
        assert(op.inspect():has_constraint("t", "ex"))
        op.drop_constraint("ex", "t", { type = "exclude" })
        op.create_view("m", "SELECT a FROM t", { materialized = true })
        op.replace_view("m", "SELECT id, a FROM t", { materialized = true })
        op.drop_view("m", { materialized = true })
        op.create_unique_constraint("uq", "t", { "a" }, { deferrable = true, initially = "deferred", include = { "id" } })
        op.create_index("ix", "t", { "a" }, { unique = true, nulls_not_distinct = true, where = "a > 3", using = "btree" })
      ]]
    end)

    it("are identity columns that go on after the rows that are there", function()
      passes [[
        op.create_table("t", { { "id", types.bigint, nullable = false }, { "a", types.array(types.integer) } })
        op.insert("t", { id = 41, a = "{1,2}" })
        op.create_primary_key(nil, "t", { "id" })
        op.alter_column("t", "id", { autoincrement = true })
        assert(op.insert("t", { a = op.null }) == 42)
        op.alter_column("t", "id", { identity = { increment = 10 } })
        assert(op.inspect():columns("t")[1].identity.increment == 10)
        op.alter_column("t", "id", { autoincrement = false })
        assert(op.inspect():columns("t")[1].identity == nil)
        assert(op.inspect():columns("t")[2].type.name == "array")
        op.alter_column("t", "a", { type = types.text, using = "array_to_string(a, ';')" })
        assert(op.get_bind():scalar("SELECT a FROM t WHERE id = 41") == "1;2")
      ]]
    end)

    it("are enums as arrays, defaults and keys, given other values", function()
      passes [[
        op.create_enum("e", { "a", "b" })
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "l", types.array(types.enum("e")),
          server_default = op.sql "'{a,b}'" } })
        op.insert("t", {})
        op.alter_enum("e", { "x", "b", "c" }, { rename = { a = "x" } })
        assert(op.get_bind():scalar("SELECT l::text FROM t") == "{x,b}")
        op.add_enum_value("e", "d", { before = "b" })
        op.add_enum_value("e", "d", { if_not_exists = true })
        assert(table.concat(op.inspect():enums()[1].values, ",") == "x,d,b,c")
        op.insert("t", {})
        assert(op.get_bind():scalar("SELECT l::text FROM t WHERE id = 2") == "{x,b}")
      ]]
    end)
  end

  if e2e.dialect == "mysql" then
    it("are columns of which nothing is lost, whatever the server adds", function()
      local p = passes [[
        op.execute("CREATE TABLE t (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, "
          .. "a VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'x, DEFAULT' COMMENT 'c''s; NOT NULL', "
          .. "b TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'b', "
          .. "c DECIMAL(8,2) UNSIGNED ZEROFILL DEFAULT '1.50', d JSON, e INT INVISIBLE DEFAULT 4) DEFAULT CHARSET=utf8mb4")
        op.alter_column("t", "a", { new_column_name = "A" })
        op.alter_column("t", "A", { type = types.varchar(50) })
        op.alter_column("t", "b", { comment = "new" })
        op.alter_column("t", "b", { nullable = false })
        op.alter_column("t", "c", { comment = "c" })
        op.alter_column("t", "d", { comment = "d" })
        op.alter_column("t", "e", { comment = "e" })
        op.alter_column("t", "id", { comment = "id" })
      ]]
      local rows = p:sql([[SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLUMN_DEFAULT, '-'), EXTRA, COLUMN_COMMENT,
        COALESCE(COLLATION_NAME, '-') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't'
        ORDER BY ORDINAL_POSITION]])
      local by_name = {}
      for _, row in ipairs(rows) do by_name[row[1]] = table.concat(row, "|"):lower() end
      assert.matches("^id|int%S* unsigned|no|%-|auto_increment|id|%-", by_name.id)
      assert.matches("^a|varchar%(50%)|no|'?x, default'?||c's; not null|latin1_bin", by_name.A)
      assert.matches("^b|timestamp%(3%)|no|current_timestamp%(3%)|.*on update current_timestamp%(3%)|new|%-", by_name.b)
      assert.matches("^c|decimal%(8,2%) unsigned zerofill|yes|0*1.50||c|%-", by_name.c)
      assert.matches("|invisible|e|", by_name.e)
      if e2e.db == "mariadb" then
        local create = p:sql("SHOW CREATE TABLE t")[1][2]
        assert.matches("json_valid", create, 1, true)
      end
    end)

    it("need existing_* offline for what the script did not make itself, and say which", function()
      local p = e2e.project()
      p:revision { "a1", up = [[
        op.execute "CREATE TABLE t (a INTEGER)" -- not known to what is printed later
        op.alter_column("t", "a", { nullable = false })]] }
      local r = p:run("upgrade", "--sql")
      assert.equal(1, r.code)
      assert.matches("existing_type, existing_server_default", r.err, 1, true)
      p = e2e.project()
      p:revision { "a1", up = [[op.execute "CREATE TABLE t (a INTEGER)" op.alter_column("t", "a", { nullable = false,
        existing_type = types.integer, existing_server_default = op.null })]] }
      r = p:run("upgrade", "--sql")
      assert.equal(0, r.code, r.err)
      assert.matches("ALTER TABLE t MODIFY COLUMN a INTEGER NOT NULL;", r.out, 1, true)
    end)
  end
end)
