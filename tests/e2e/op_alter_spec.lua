--- alter_column: each change on each kind of column, and whatever isn't mentioned stays to the letter. What a
--- column is, is asked of the server's own catalog, not of the inspector.
local case = require "support.op_case"
local e2e = require "support.e2e"

local PG, MYSQL, SQLITE = e2e.dialect == "postgresql", e2e.dialect == "mysql", e2e.dialect == "sqlite"

describe("alter_column on " .. e2e.db, function()
  after_each(e2e.cleanup)

  --- Columns of every kind, each changed in every way; `facts(t, c)` gives what the catalog says.
  local MATRIX = [==[
    local bad, count = {}, 0
    local CHANGES = {
      { "nullable", { nullable = true }, "null" }, { "not null", { nullable = false }, "null" },
      { "comment", { comment = "new; 'one' \\ here" }, "comment" }, { "no comment", { comment = op.null }, "comment" },
      { "rename", { new_column_name = "Renamed to" }, "name" },
      { "nothing", { existing_nullable = true }, nil },
    }
    for _, kind in ipairs(KINDS) do
      for _, change in ipairs(CHANGES) do
        if not (kind.not_with or {})[change[1]] then
          count = count + 1
          local t = "t" .. count
          op.execute(("CREATE TABLE %s (before_it int, %s, after_it varchar(9) DEFAULT 'z')"):format(t, kind[1]))
          local was, others = facts(t, "c"), facts(t, "after_it")
          local ok, err = pcall(op.alter_column, t, "c", change[2])
          local what = kind[1] .. " / " .. change[1]
          if not ok then
            bad[#bad + 1] = what .. ": " .. tostring(err)
          else
            local now = facts(t, change[3] == "name" and "Renamed to" or "c")
            for field, value in pairs(was) do
              local mentioned = field == change[3]
              if field == "null" and mentioned then
                local wanted = change[2].nullable and "YES" or "NO"
                if now.null ~= wanted then bad[#bad + 1] = what .. ": null is " .. tostring(now.null) end
              elseif field == "comment" and mentioned then
                local wanted = change[2].comment ~= op.null and change[2].comment or ""
                if now.comment ~= wanted then bad[#bad + 1] = what .. ": the comment is " .. tostring(now.comment) end
              elseif not mentioned and now[field] ~= value then
                bad[#bad + 1] = ("%s: %s was %s and is %s"):format(what, field, tostring(value), tostring(now[field]))
              end
            end
            for field, value in pairs(facts(t, "after_it")) do
              if others[field] ~= value then bad[#bad + 1] = what .. ": the next column's " .. field end
            end
          end
          op.drop_table(t)
        end
      end
    end
    assert(count > 50)
    assert(#bad == 0, #bad .. " wrong:\n" .. table.concat(bad, "\n"))
  ]==]

  local MYSQL_FACTS = [==[
    local SRS = conn.server == "mariadb" and "" or ", SRS_ID"
    local function facts(t, c)
      local row = conn:first(("SELECT COLUMN_NAME AS name, COLUMN_TYPE, COLUMN_DEFAULT, IS_NULLABLE AS 'null', EXTRA, CHARACTER_SET_NAME, "
        .. "COLLATION_NAME, COLUMN_COMMENT AS comment, GENERATION_EXPRESSION, COLUMN_KEY%s FROM information_schema.COLUMNS "
        .. "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?"):format(SRS), { t, c })
      local list = {}
      for _, k in ipairs { "name", "COLUMN_TYPE", "COLUMN_DEFAULT", "null", "EXTRA", "CHARACTER_SET_NAME", "COLLATION_NAME", "comment",
        "GENERATION_EXPRESSION", "COLUMN_KEY", "SRS_ID" } do
        local v = row[k]
        list[k] = (v == nil or k == "COLUMN_DEFAULT" and v == "NULL") and "(null)" or tostring(v)
      end
      if list.null == "NO" and list.COLUMN_KEY == "PRI" then list.COLUMN_KEY = "UNI" end -- what a unique one is called then
      -- The names of columns that CHECKs and generated columns speak of change with them.
      local checks = conn:column("SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() "
        .. "AND CONSTRAINT_NAME IN (SELECT CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?)", { t })
      list.checks = tostring(#checks)
      return list
    end
    local MARIADB = conn.server == "mariadb"
    local NONULL = { nullable = true }
    local KINDS = {
      { "c varchar(20) NOT NULL DEFAULT 'it''s \\\\ a \"default\"' COMMENT 'a, b; c' " },
      { "c varchar(20) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'x'" },
      { "c varchar(20) CHARACTER SET latin1" },
      { "c char(3) COLLATE utf8mb4_bin NOT NULL" },
      { "c timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP" },
      { "c timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP" },
      { "c datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)" },
      { "c timestamp NULL" },
      { "c int unsigned NOT NULL DEFAULT 7" },
      { "c bigint(20) unsigned zerofill" },
      { "c bigint NOT NULL AUTO_INCREMENT PRIMARY KEY", not_with = NONULL },
      { "c int NOT NULL AUTO_INCREMENT UNIQUE COMMENT 'numbers'", not_with = NONULL },
      { "c int NOT NULL PRIMARY KEY", not_with = NONULL },
      { "c int AS (before_it + 1) STORED", not_with = { ["not null"] = MARIADB } },
      { "c varchar(40) GENERATED ALWAYS AS (concat(before_it, ' )', \"'\")) VIRTUAL COMMENT 'made'", not_with = { ["not null"] = MARIADB } },
      { "c json DEFAULT NULL" },
      { "c enum('a','it''s','b)') NOT NULL DEFAULT 'it''s'" },
      { "c set('x','y') DEFAULT 'x,y'" },
      { "c decimal(30,10) NOT NULL DEFAULT 1.5" },
      { "c bit(3) DEFAULT b'101'" },
      { "c double DEFAULT 0.1" },
      { "c varchar(36) DEFAULT (uuid())" },
      { "c text" }, { "c mediumblob" }, { "c varbinary(9) DEFAULT 'ab'" }, { "c date DEFAULT '2026-01-01'" }, { "c year" },
      { "c tinyint(1) NOT NULL DEFAULT 1 COMMENT 'flag: ON UPDATE, DEFAULT 3'" },
      { "c int INVISIBLE DEFAULT 5" },
      { "c int DEFAULT 3 CHECK (c > 1)", not_with = { rename = not MARIADB } },
      { "c varchar(20) UNIQUE DEFAULT 'DEFAULT NULL'" },
      { "c point NOT NULL", not_with = NONULL },
    }
    if not MARIADB then
      KINDS[#KINDS + 1] = { "c point NOT NULL SRID 4326", not_with = NONULL }
      KINDS[#KINDS + 1] = { "c int DEFAULT (1 + 2)" }
      KINDS[#KINDS + 1] = { "c text DEFAULT ('long')" }
    else
      KINDS[#KINDS + 1] = { "c varchar(20) COMPRESSED DEFAULT 'x'" }
      KINDS[#KINDS + 1] = { "c uuid DEFAULT uuid()" }
      KINDS[#KINDS + 1] = { "c inet6" }
      KINDS[#KINDS + 1] = { "c text DEFAULT 'long'" }
    end
  ]==]

  local PG_FACTS = [==[
    op.execute "CREATE TYPE mood AS ENUM ('a', 'b')"
    op.execute "CREATE DOMAIN small AS int CHECK (VALUE < 100)"
    local function facts(t, c)
      local row = conn:first([[
        SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS default_text,
               CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS "null", a.attidentity::text AS identity, a.attgenerated::text AS generated,
               coalesce(col_description(a.attrelid, a.attnum), '') AS comment, coll.collname AS collation, a.attstorage::text AS storage,
               (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = a.attrelid) AS constraints,
               (SELECT count(*) FROM pg_index i WHERE i.indrelid = a.attrelid) AS indexes
          FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          LEFT JOIN pg_collation coll ON coll.oid = a.attcollation
         WHERE a.attrelid = ?::regclass AND a.attname = ?]], { t, c })
      local list = {}
      for _, k in ipairs { "name", "type", "default_text", "null", "identity", "generated", "comment", "collation", "storage",
        "constraints", "indexes" } do
        list[k] = row[k] == nil and "(null)" or tostring(row[k])
      end
      return list
    end
    local NONULL = { nullable = true }
    local KINDS = {
      { "c varchar(20) NOT NULL DEFAULT 'it''s'" }, { "c text COLLATE \"C\"" }, { "c serial" }, { "c int PRIMARY KEY", not_with = NONULL },
      { "c int GENERATED ALWAYS AS IDENTITY (START 5)", not_with = NONULL }, { "c bigint GENERATED BY DEFAULT AS IDENTITY", not_with = NONULL },
      { "c int GENERATED ALWAYS AS (before_it + 1) STORED" }, { "c mood DEFAULT 'a'" }, { "c mood[]" }, { "c small" },
      { "c timestamptz(3) DEFAULT now()" }, { "c numeric(30,10) UNIQUE" }, { "c int CHECK (c > 1)" }, { "c int4range, EXCLUDE USING gist (c WITH &&)" },
    }
  ]==]

  if MYSQL or PG then
    it("changes one thing and nothing else, on every kind of column", function()
      case.passes((MYSQL and MYSQL_FACTS or PG_FACTS) .. MATRIX, { timeout = 300 })
    end)
  end

  if MYSQL then
    it("changes type, default and several things at once and keeps the rest", function()
      case.passes(MYSQL_FACTS .. [==[
        local function check(definition, change, wanted)
          op.execute(("CREATE TABLE t (before_it int, %s)"):format(definition))
          local was = facts("t", "c")
          op.alter_column("t", "c", change)
          local now = facts("t", change.new_column_name or "c")
          for field, value in pairs(wanted) do
            if now[field] ~= value then error(("%s: %s is %s, not %s"):format(definition, field, now[field], value)) end
          end
          for field, value in pairs(was) do
            if wanted[field] == nil and now[field] ~= value then
              error(("%s: %s was %s and is %s"):format(definition, field, value, now[field]))
            end
          end
          op.drop_table "t"
        end
        local quoted = MARIADB and function(s) return "'" .. s .. "'" end or function(s) return s end
        check("c varchar(20) NOT NULL DEFAULT 'x' COMMENT 'k'", { type = types.varchar(40) }, { COLUMN_TYPE = "varchar(40)" })
        check("c varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'x' COMMENT 'k'", { type = types.varchar(40) },
          { COLUMN_TYPE = "varchar(40)" })
        check("c varchar(20) COLLATE utf8mb4_bin", { type = types.text }, { COLUMN_TYPE = "text" })
        check("c varchar(20) NOT NULL COMMENT 'k'", { server_default = "it's" }, { COLUMN_DEFAULT = MARIADB and "'it''s'" or "it's" })
        check("c varchar(20) NOT NULL DEFAULT 'x' COMMENT 'k'", { server_default = op.null }, { COLUMN_DEFAULT = "(null)" })
        check("c int unsigned NOT NULL COMMENT 'k'", { server_default = 5 }, { COLUMN_DEFAULT = "5" })
        check("c int NOT NULL PRIMARY KEY", { autoincrement = true }, { EXTRA = "auto_increment", COLUMN_DEFAULT = "(null)" })
        check("c int NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'k'", { autoincrement = false }, { EXTRA = "" })
        check("c int NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'k'", { type = types.bigint },
          { COLUMN_TYPE = MARIADB and "bigint(20)" or "bigint" })
        check("c timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'k'",
          { server_default = op.sql "'2026-01-01 00:00:00'" }, { COLUMN_DEFAULT = quoted "2026-01-01 00:00:00",
            EXTRA = "on update " .. (MARIADB and "current_timestamp()" or "CURRENT_TIMESTAMP") })
        check("c varchar(20) DEFAULT 'x' COMMENT 'k'", { new_column_name = "d e", type = types.varchar(30), nullable = false, comment = "n",
          server_default = "y" }, { name = "d e", COLUMN_TYPE = "varchar(30)", null = "NO", comment = "n", COLUMN_DEFAULT = quoted "y" })
        check("c varchar(20) DEFAULT 'x'", { collation = "utf8mb4_bin" }, { COLLATION_NAME = "utf8mb4_bin" })
        check("c int DEFAULT 3", { existing_type = types.integer, existing_nullable = true, existing_server_default = 3,
          nullable = false }, { null = "NO" })
      ]==])
    end)

    it("never writes a literal that the catalog can't print", function()
      -- Characters beyond U+FFFF come out of SHOW CREATE TABLE as question marks.
      case.passes [==[
        op.create_table("t", { { "id", types.integer, primary_key = true }, { "c", types.enum("e", { "a🎈", "b?" }), server_default = "a🎈" },
          { "d", types.varchar(20), server_default = "x🎈" } })
        op.insert("t", { id = 1 })
        for _, name in ipairs { "c", "d" } do
          local ok, err = op.savepoint(function() op.alter_column("t", name, { nullable = false }) end)
          assert(ok, err)
        end
        op.insert("t", { id = 2 })
        same(conn:column "SELECT c FROM t ORDER BY id", { "a🎈", "a🎈" })
        same(conn:column "SELECT d FROM t ORDER BY id", { "x🎈", "x🎈" })
        op.execute "ALTER TABLE t ADD COLUMN s SET('x🎈', 'y?', 'z') DEFAULT 'x🎈,z'"
        op.alter_column("t", "s", { new_column_name = "set_of", nullable = false })
        op.insert("t", { id = 3 })
        same(conn:column "SELECT c FROM t ORDER BY id", { "a🎈", "a🎈", "a🎈" })
        same(conn:column "SELECT d FROM t ORDER BY id", { "x🎈", "x🎈", "x🎈" })
        same(conn:column "SELECT set_of FROM t ORDER BY id", { "x🎈,z", "x🎈,z", "x🎈,z" })
        op.update("t", { c = "b?", set_of = "y?" }, { id = 3 })
        op.insert("t", { id = 4, d = "?" })
        op.alter_column("t", "d", { server_default = "what?" })
        op.alter_column("t", "d", { nullable = true })
        op.insert("t", { id = 5 })
        same(conn:column "SELECT d FROM t ORDER BY id", { "x🎈", "x🎈", "x🎈", "?", "what?" })
        assert(not column("t", "c").nullable and column("t", "d").nullable)
      ]==]
    end)
  end

  it("combines changes, and what is not mentioned stays", function()
    local comment = SQLITE and "nil" or "'kept'"
    case.passes(([[
      op.create_table("t", { { "id", types.integer, primary_key = true },
        { "a", types.varchar(20), nullable = false, server_default = "x", comment = %s } })
      op.insert("t", { id = 1, a = "5" })
      local combinations = {
        { type = types.varchar(40) }, { nullable = true }, { nullable = false, type = types.varchar(50) }, { server_default = "y" },
        { server_default = op.null }, { server_default = op.sql "'z'", nullable = true }, { new_column_name = "b" },
        { new_column_name = "c", type = types.varchar(60), nullable = false }, { type = types.text, server_default = "t" },
        { server_default = op.null, type = types.integer, using = ctx.dialect == "postgresql" and "c::integer" or nil },
        { new_column_name = "a" },
      }
      local now = { name = "a", nullable = false, default = "x", type = "varchar", length = 20 }
      for i, change in ipairs(combinations) do
        op.alter_column("t", now.name, change)
        now.name = change.new_column_name or now.name
        if change.nullable ~= nil then now.nullable = change.nullable end
        if change.server_default == op.null then now.default = nil
        elseif change.server_default then now.default = type(change.server_default) == "string" and change.server_default or "z" end
        if change.type then now.type, now.length = change.type.name, change.type.length end
        local c = assert(column("t", now.name), "step " .. i)
        same(c.nullable, now.nullable, "nullable " .. i)
        same(c.type.name, now.type, "type " .. i)
        if now.type == "varchar" then same(c.type.length, now.length, "length " .. i) end
        same(c.comment, %s, "comment " .. i)
        if now.default then assert(c.default and c.default:find(now.default, 1, true), "default " .. i) else same(c.default, nil, "default " .. i) end
      end
      same(conn:scalar "SELECT a FROM t", 5)
    ]]):format(comment, comment))
  end)

  it("makes one statement of several changes where the server can", function()
    local p = e2e.project()
    p:revision { "a1", up = [[ op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(20) } }) ]] }
    assert.equal(0, p:run("upgrade").code)
    p:revision { "a2", up = [[ op.alter_column("t", "a", { type = types.varchar(40), nullable = false, server_default = "x" }) ]] }
    if PG then
      local r = p:run("upgrade", "--sql", "a1:a2")
      assert.equal(0, r.code, r.err)
      local _, count = r.out:gsub("ALTER TABLE t ", "")
      assert.equal(1, count, r.out)
    end
  end)

  it("changes types with the expression that is given", function()
    if not PG then return end
    case.passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(20), server_default = "1" }, { "b", types.text } })
      op.insert("t", { id = 1, a = "7", b = "yes" })
      op.alter_column("t", "a", { type = types.integer, using = "a::integer * 2", server_default = 3 })
      op.alter_column("t", "b", { type = types.boolean, using = op.sql "b = 'yes'" })
      op.insert("t", { id = 2 })
      same(conn:column "SELECT a FROM t ORDER BY id", { 14, 3 })
      same(conn:scalar "SELECT b FROM t WHERE id = 1", true)
      op.alter_column("t", "b", { type = types.enum("answer", { "yes", "no" }), using = "(CASE WHEN b THEN 'yes' ELSE 'no' END)::answer" })
      same(conn:scalar "SELECT b FROM t WHERE id = 1", "yes")
    ]]
    case.fails([[ op.alter_column("t", "a", { using = "a" }) ]], "using needs type", "a1.lua:12")
  end)

  it("adds, changes and drops an identity where the server has one", function()
    local up = [[
      op.create_table("t", { { "id", types.integer, nullable = false }, { "a", types.integer } })
      op.insert("t", { id = 10, a = 1 })
      op.alter_column("t", "id", { identity = { start = 20 } })
      op.insert("t", { a = 2 })
      same(conn:scalar "SELECT id FROM t WHERE a = 2", 20)
      assert(column("t", "id").identity)
      op.alter_column("t", "id", { identity = { always = true, start = 30 } })
      op.alter_column("t", "id", { identity = op.null })
      assert(not column("t", "id").identity)
    ]]
    if PG then case.passes(up) elseif SQLITE then case.fails(up, "identity") end
  end)

  it("makes a column number itself, and stop", function()
    case.passes [[
      op.create_table("t", { { "id", types.integer, primary_key = true, autoincrement = false }, { "a", types.integer } })
      op.insert("t", { id = 4, a = 1 })
      raises(function() op.insert("t", { a = 2 }) end, "")
      op.alter_column("t", "id", { autoincrement = true })
      op.insert("t", { a = 2 })
      assert(conn:scalar "SELECT id FROM t WHERE a = 2" >= 1)
      op.alter_column("t", "id", { autoincrement = false })
      raises(function() op.insert("t", { a = 3 }) end, "")
    ]]
  end)

  it("makes a generated column a plain one with its values", function()
    local up = [[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer },
        { "b", types.integer, computed = { "a * 2", persisted = true } } })
      op.insert("t", { id = 1, a = 4 })
      op.alter_column("t", "b", { computed = op.null })
      same(conn:scalar "SELECT b FROM t", 8)
      op.update("t", { b = 9 }, op.all)
      same(conn:scalar "SELECT b FROM t", 9)
      assert(not column("t", "b").computed)
    ]]
    case.passes(up)
  end)

  it("does nothing without a change, and says so of a column that is not there", function()
    case.passes [[
      op.create_table("t", { { "a", types.integer } })
      op.alter_column("t", "a", {})
      op.alter_column("t", "a", { existing_type = types.integer, existing_nullable = true, existing_comment = "x" })
      raises(function() op.alter_column("t", "b", { nullable = false }) end, "b")
      raises(function() op.alter_column("none", "b", { nullable = false }) end, "none")
    ]]
  end)

  it("comes back down to where it was", function()
    local p = case.round([[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(20), nullable = false, server_default = "x" } })
      op.insert("t", { id = 1, a = "kept" })
      op.alter_column("t", "a", { new_column_name = "b", nullable = true, server_default = op.null, type = types.text })
    ]], [[
      op.alter_column("t", "b", { new_column_name = "a", nullable = false, server_default = "x", type = types.varchar(20) })
      same(conn:scalar "SELECT a FROM t", "kept")
      local c = column("t", "a")
      assert(not c.nullable and c.default:find("x") and c.type.length == 20)
      op.drop_table("t")
    ]])
    assert.same({ { "1", "kept" } }, p:sql("SELECT id, b FROM t"))
  end)
end)
