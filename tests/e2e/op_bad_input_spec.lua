--- Bad input: an error at the script's own line that names the operation and the field, or correct quoting; and
--- nothing of the operation has happened.
local case = require "support.op_case"
local e2e = require "support.e2e"

local MYSQL = e2e.dialect == "mysql"

describe("bad input on " .. e2e.db, function()
  after_each(e2e.cleanup)

  --- { call, words that its error has }. Each runs on a line of its own, in one revision.
  local CALLS = {
    { 'op.create_table()', "table is missing" },
    { 'op.create_table("t")', "columns is missing" },
    { 'op.create_table(5, {})', "table must be a name" },
    { 'op.create_table("", { { "a", types.integer } })', "empty" },
    { 'op.create_table("x", {})', "column" },
    { 'op.create_table("x", { { "a", types.integer }, { "a", types.text } })', "twice" },
    { 'op.create_table("x", { { "a" } })', "type" },
    { 'op.create_table("x", { { types.integer, "a" } })', "name" },
    { 'op.create_table("x", { { "a", "integer" } })', "type" },
    { 'op.create_table("x", { { "a", types.integer, nulable = true } })', "did you mean nullable" },
    { 'op.create_table("x", { { "a", types.integer, nullable = "no" } })', "nullable must be true or false" },
    { 'op.create_table("x", { { "a", types.integer } }, { if_not_exist = true })', "did you mean if_not_exists" },
    { 'op.create_table("x", { { "a", types.integer }, op.primary_key { "b" } })', "b" },
    { 'op.create_table("x", { { "a", types.integer }, op.unique {} })', "empty" },
    { 'op.create_table("x", { { "a", types.integer }, op.unique { "a", "a" } })', "twice" },
    { 'op.create_table("x", { { "a", types.integer }, op.index { "nope" } })', "nope" },
    { 'op.create_table("x", { { "a", types.integer, references = "no_dot" } })', "references" },
    { 'op.create_table("x", { { "a", types.integer, ondelete = "cascade" } })', "ondelete needs references" },
    { 'op.create_table("x", { { "a", types.integer, references = "t.id", ondelete = "casacde" } })', "did you mean cascade" },
    { 'op.create_table("x", { { "a", types.integer, server_default = {} } })', "server_default" },
    { 'op.create_table("x", { { "a", types.integer, server_default = print } })', "server_default" },
    { 'op.create_table("x", { { "a", types.varchar(10), server_default = "a\\0b" } })', "NUL" },
    { 'op.create_table("x", { { "a", types.integer } , 5 })', "5" },
    { 'op.create_table("x\\0y", { { "a", types.integer } })', "NUL" },
    { 'op.create_table("x\\255", { { "a", types.integer } })', "UTF-8" },
    { 'op.drop_table()', "table is missing" },
    { 'op.drop_table("t", { if_exist = true })', "did you mean if_exists" },
    { 'op.drop_table("t", "x")', "options" },
    { 'op.drop_table("t", {}, 5)', "arguments" },
    { 'op.rename_table("t", nil)', "missing" },
    { 'op.add_column("t", "a")', "column" },
    { 'op.add_column("t", { "a" })', "type" },
    { 'op.drop_column("t", {})', "must be a name" },
    { 'op.alter_column("t", "a", { typ = types.text })', "did you mean type" },
    { 'op.alter_column("t", "a", { type = "text" })', "type must be" },
    { 'op.alter_column("t", "a", { nullable = 1 })', "nullable" },
    { 'op.create_index("ix", "t", {})', "empty" },
    { 'op.create_index("ix", "t")', "columns is missing" },
    { 'op.create_index("ix", "t", { "a", "a" })', "twice" },
    { 'op.create_index("ix", "t", { 5 })', "name" },
    { 'op.create_index("ix", "t", { "a" }, { uniqe = true })', "did you mean unique" },
    { 'op.create_unique_constraint("uq", "t", {})', "empty" },
    { 'op.create_check_constraint("ck", "t", "")', "SQL text" },
    { 'op.create_foreign_key("fk", "t", "u", { "a", "b" }, { "id" })', "2 columns reference 1" },
    { 'op.create_foreign_key("fk", "t", "u", { "a" }, {})', "empty" },
    { 'op.create_foreign_key("fk", "t", "u", { "a" }, { "id" }, { on_delete = "cascade" })', "ondelete" },
    { 'op.drop_constraint(nil, "t")', "type" },
    { 'op.drop_constraint("x", "t", { type = "foreign_key" })', "foreignkey" },
    { 'op.create_enum("e", {})', "empty" },
    { 'op.create_enum("e", { "a", "a" })', "twice" },
    { 'op.add_enum_value("e", "x", { before = "a", after = "b" })', "exclude" },
    { 'op.alter_enum("e", { "a" }, { rename = { x = "nothing" } })', "none of the values" },
    { 'op.execute()', "sql is missing" },
    { 'op.execute("  ")', "white space" },
    { 'op.execute("SELECT 1", 5)', "params" },
    { 'op.execute("SELECT 1 FROM t WHERE a = :a", { b = 1 })', "b" },
    { 'op.insert("t", 5)', "rows" },
    { 'op.insert("t", { { a = 1 }, 5 })', "row 2" },
    { 'op.insert("t", { a = {} })', "op.json.encode" },
    { 'op.insert("t", { a = print })', "column" },
    { 'op.insert("t", { a = 1 }, { on_conflict = "replace" })', "on_conflict" },
    { 'op.bulk_insert("t")', "missing" },
    { 'op.update("t", {}, op.all)', "empty" },
    { 'op.update("t", { a = 1 })', "where is missing" },
    { 'op.update("t", { a = 1 }, {})', "op.all" },
    { 'op.update("t", { a = 1 }, "id = 1")', "op.sql" },
    { 'op.delete("t")', "where is missing" },
    { 'op.delete("t", {})', "op.all" },
    { 'op.creat_table("t", {})', "did you mean create_table" },
    { 'op.types.intger', "did you mean integer" },
    { 'op.types = 5', "can't be changed" },
    { 'op.sql()', "SQL text" },
    { 'op.f(5)', "name" },
    { 'op.by_dialect(5)', "table" },
    { 'op.autocommit_block(5)', "function" },
    { 'op.savepoint()', "function" },
    { 'op.invoke({ op = "nothing" })', "record" },
    { 'op.now("x")', "whole number" },
    { 'op.batch_alter_table("t")', "fn" },
    { 'op.batch_alter_table("t", function(t) t.add_colum { "a", types.integer } end)', "did you mean add_column" },
    { 'op.batch_alter_table("t", { schem = "x" }, function() end)', "schema" },
    { 'op.create_view("v", "")', "SQL text" },
    { 'op.create_trigger("g", "t", { when = "sometimes", body = "BEGIN END" })', "when must be" },
    { 'op.create_trigger("g", "t", { when = "after insert" })', "execute or body" },
    { 'op.inspect():columns(5)', "name" },
    { 'op.inspect():columns("t", "s")', "schema" },
    { 'op.get_bind():all(5)', "" },
    { 'op.get_bind():nothing()', "nothing" },
    { 'ctx.dialekt = 1', "" },
    { 'tostring(ctx.dialekt)', "dialekt" },
  }

  it("is an error at its own line that says what is wrong, and changes nothing", function()
    local p = e2e.project()
    p:revision { "a1", up = [[ op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })
      op.insert("t", { id = 1, a = 5 }) ]] }
    local lines = { "local bad = {}", "local function expect(line, text, fn)",
      "  local ok, err = pcall(fn)", "  local m = type(err) == 'table' and err.message .. ' ' .. (err.hint or '') or tostring(err)",
      "  local file, at = m:match('([%w_]+%.lua):(%d+)')", "  if type(err) == 'table' then file, at = err.file, err.line end",
      "  if ok then bad[#bad + 1] = line .. ': accepted: ' .. text",
      "  elseif not m:lower():find(text:lower(), 1, true) then bad[#bad + 1] = line .. ': without \"' .. text .. '\": ' .. m",
      "  elseif tonumber(at) ~= line or not tostring(file):find 'a2' then bad[#bad + 1] = line .. ' is said to be ' .. tostring(file) .. ':' .. tostring(at) .. ': ' .. m",
      "  elseif m:find('lua/curlew', 1, true) or m:find 'attempt to' then bad[#bad + 1] = line .. ': ' .. m end", "end" }
    for _, item in ipairs(CALLS) do
      local line = case.FIRST_LINE + #lines
      local call = item[1]
      if not call:find "=" or call:find "^op%.[%w_]+%(" then call = call:find "%)$" and call or "local _ = " .. call end
      lines[#lines + 1] = ("expect(%d, %q, function() %s end)"):format(line, item[2], call)
    end
    lines[#lines + 1] = "if #bad > 0 then error(#bad .. ' wrong:\\n' .. table.concat(bad, '\\n')) end"
    p:revision { "a2", up = table.concat(lines, "\n") }
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.same({ { "1", "5" } }, p:sql("SELECT id, a FROM t"))
    assert.is_false(p:has_table("x"))
  end)

  it("fails a run with its file and line when nobody catches it", function()
    local p = e2e.project()
    p:revision { "a1", up = '\n\n\n  op.create_table("x", { { "a", types.integer, nulable = true } })' }
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches(("a1.lua:%d"):format(case.FIRST_LINE + 3), r.err, 1, true)
    assert.is_nil(r.err:find("traceback", 1, true))
    assert.is_false(p:has_table("x"))
  end)

  it("that only the database can see is its error, at the line too", function()
    for up, says in pairs {
      -- SQLite takes a reference to a table that is yet to come.
      [e2e.db == "sqlite" and 'op.drop_table("nowhere")' or 'op.create_foreign_key("fk", "t", "nowhere", { "a" }, { "id" })'] = "nowhere",
      ['op.create_index("ix", "t", { "nope" })'] = "nope",
      ['op.add_column("nowhere", { "a", types.integer })'] = "nowhere",
      ['op.drop_table("nowhere")'] = "nowhere",
      ['op.insert("t", { nope = 1 })'] = "nope",
      ['op.drop_constraint("nope", "t", { type = "unique" })'] = "nope",
      ['op.execute "SELEC 1"'] = "SELEC",
    } do
      local p = e2e.project()
      p:revision { "a1", up = 'op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.integer } })' }
      p:revision { "a2", up = "\n" .. up }
      local r = p:run("upgrade")
      assert.equal(1, r.code, up .. r.out)
      assert.matches(says, r.err, 1, true)
      assert.matches(("a2.lua:%d"):format(case.FIRST_LINE + 1), r.err, 1, true)
      assert.same({ "a1" }, p:rows())
    end
  end)

  --- Names that try to be something else. MySQL's own limits are told by the operation.
  local NAMES = { "it's", 'a"b', "a`b", "a]b", "[a", "x; DROP TABLE t; --", "' OR '1'='1", "a\\'b", "a\nb", "a\tb", "a.b", "Sel ect", "SELECT",
    "select", "user", "order", ":x", "?", "$1", "%s", "--", "/*", "é", "日本", "a b", "1a", "A", "öÖ" }

  it("in names is quoted, wherever a name can stand", function()
    local list = {}
    for i, name in ipairs(NAMES) do list[i] = ("%q"):format(name):gsub("\\\n", "\\n") end
    case.passes(([==[
      op.create_table("t", { { "id", types.integer, primary_key = true } })
      op.insert("t", { id = 1 })
      for n, name in ipairs { %s } do
        local other = name .. "2"
        local ok, err = pcall(function()
          op.create_table(name, { { "id", types.integer, primary_key = true }, { name, types.varchar(300), server_default = name },
            { other, types.integer }, op.unique({ name }, { name = "u " .. name }), op.index({ other }, { name = "i " .. name }),
            op.check(conn:quote(other) .. " > 0", { name = "c " .. name }) })
          op.create_table(other, { { "id", types.integer, primary_key = true }, { "p", types.integer } })
          op.create_foreign_key("f " .. name, other, name, { "p" }, { "id" })
          op.insert(name, { id = 1, [other] = 3 })
          assert(op.insert(name, { id = 2, [name] = "x" .. name }) == 2)
          assert(op.update(name, { [other] = 4 }, { [name] = name }) == 1)
          assert(conn:scalar(("SELECT %%s FROM %%s WHERE %%s = :v"):format(conn:quote(name), conn:quote(name), conn:quote(name)),
            { v = name }) == name)
          local i = op.inspect()
          assert(i:has_table(name) and i:has_column(name, name) and i:has_index(name, "i " .. name), "the inspector")
          assert(i:has_constraint(name, "u " .. name) and i:has_constraint(name, "c " .. name), "constraints")
          assert(i:foreign_keys(other)[1].referent == name, "the referent")
          op.add_column(name, { other .. "3", types.varchar(50), server_default = name })
          op.alter_column(name, other .. "3", { new_column_name = "r" .. name, nullable = true })
          op.alter_column(name, name, { type = types.varchar(400) })
          assert(conn:scalar(("SELECT %%s FROM %%s WHERE id = 1"):format(conn:quote("r" .. name), conn:quote(name))) == name)
          op.create_view("v " .. name, "SELECT * FROM " .. conn:quote(name))
          op.drop_view("v " .. name)
          op.rename_index(name, "i " .. name, "j " .. name)
          op.drop_index("j " .. name, { table = name })
          op.drop_constraint("f " .. name, other, { type = "foreignkey" })
          op.drop_constraint("c " .. name, name, { type = "check" })
          op.drop_constraint("u " .. name, name, { type = "unique" })
          op.drop_column(name, "r" .. name)
          assert(op.delete(name, { [name] = { name, "x" .. name } }) == 2)
          op.rename_table(other, other .. "!")
          op.drop_table(other .. "!")
          op.drop_table(name)
        end)
        if not ok then error(("%%q: %%s"):format(name, type(err) == "table" and err.message or tostring(err))) end
        local _ = n
      end
      same(conn:scalar "SELECT count(*) FROM t", 1)
    ]==]):format(table.concat(list, ", ")), { timeout = 200 })
  end)

  it("in enum values, comments and texts is quoted", function()
    case.passes(([==[
      for n, v in ipairs { "it's", "a\\b", "'; DROP TABLE t; --", "\\'; --", "é", "%%s $1 :x ?", '"', "`", "$$", "/*", "--" } do
        local t = "t" .. n
        op.create_table(t, { { "id", types.integer, primary_key = true }, { "e", types.enum("e" .. n, { v, "other" }), server_default = v },
          { "c", types.text, comment = not %s and v or nil } })
        op.insert(t, { id = 1 })
        same(conn:scalar("SELECT e FROM " .. t), v)
        if not %s then
          same(column(t, "c").comment, v)
          op.create_table_comment(t, v)
        end
        op.add_enum_value("e" .. n, v .. v, { columns = { { t, "e" } } })
        op.commit()
        op.insert(t, { id = 2, e = v .. v })
        op.alter_enum("e" .. n, { v .. "!", v .. v }, { rename = { [v] = v .. "!" }, columns = { { t, "e" } } })
        op.insert(t, { id = 3 })
        same(conn:column("SELECT e FROM " .. t .. " ORDER BY id"), { v .. "!", v .. v, v .. "!" })
      end
    ]==]):format(tostring(e2e.db == "sqlite"), tostring(e2e.db == "sqlite")))
  end)

  it("of 200 characters in names is told before anything is sent, or kept whole", function()
    local long = ("n"):rep(200)
    local ups = {
      ([[ op.create_table("%s", { { "a", types.integer } }) ]]):format(long),
      ([[ op.create_table("x", { { "%s", types.integer } }) ]]):format(long),
      ([[ op.create_table("x", { { "a", types.integer }, op.unique({ "a" }, { name = "%s" }) }) ]]):format(long),
      ([[ op.create_table("x", { { "a", types.integer } }) op.create_index("%s", "x", { "a" }) ]]):format(long),
    }
    for n, up in ipairs(ups) do
      if e2e.db == "sqlite" then
        case.passes(up)
      else
        local p = case.fails(up, "200", ("a1.lua:%d"):format(case.FIRST_LINE))
        assert.equal(MYSQL and n == 4, p:has_table("x"))
      end
    end
  end)
end)
