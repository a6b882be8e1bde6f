--- Every type on every database: the edge values go in as parameters, as rows, as batches, as literals and as
--- defaults, and come back as they were.
local case = require "support.op_case"
local e2e = require "support.e2e"

local PG, MYSQL, SQLITE = e2e.dialect == "postgresql", e2e.dialect == "mysql", e2e.dialect == "sqlite"

--- Collects what is wrong, so that one run shows all of it. `round(name, type, values, back)` tries values by
--- each way in; `back` holds what comes back where that is not the value itself.
local ROUND = [==[
  local bad = {}
  local function like(a, b)
    return math.type(a) == math.type(b) and type(a) == type(b) and (a == b or a ~= a and b ~= b)
  end
  local function short(v) local s = show(v) return #s > 90 and s:sub(1, 60) .. "..." .. #s or s end
  local function wrong(...) bad[#bad + 1] = string.format(...) end
  local function round(name, kind, values, back, options)
    options = options or {}
    op.create_table(name, { { "id", types.integer, primary_key = true }, { "v", kind } })
    for i, value in ipairs(values) do
      local wanted = back and back[i]
      if wanted == nil then wanted = value end
      op.insert(name, { id = i, v = value })
      op.bulk_insert(name, { { id = 1000 + i, v = value }, { id = 2000 + i, v = op.null } })
      conn:execute(("INSERT INTO %s (id, v) VALUES (:id, :v)"):format(name), { id = 3000 + i, v = value })
      conn:execute(("INSERT INTO %s (id, v) VALUES (?, ?)"):format(name), { { 4000 + i, value } })
      op.execute(("INSERT INTO %s (id, v) VALUES (?, ?)"):format(name), { 5000 + i, value })
      op.execute(("INSERT INTO %s (id, v) VALUES (%d, %s)"):format(name, 6000 + i, conn:literal(value)))
      op.insert(name, { id = 7000 + i })
      op.update(name, { v = value }, { id = 7000 + i })
      for _, at in ipairs { 0, 1000, 3000, 4000, 5000, 6000, 7000 } do
        local got = conn:scalar(("SELECT v FROM %s WHERE id = ?"):format(name), { at + i })
        if not like(got, wanted) then wrong("%s (way %d): %s came back as %s", name, at, short(value), short(got)) end
      end
      if conn:scalar(("SELECT v FROM %s WHERE id = ?"):format(name), { 2000 + i }) ~= nil then
        wrong("%s: NULL is not nil", name)
      end
      local rows = {}
      for row in conn:rows(("SELECT v, id FROM %s WHERE id = :id"):format(name), { id = i }) do rows[#rows + 1] = row end
      if #rows ~= 1 or not like(rows[1].v, wanted) or not like(rows[1][1], wanted) or not like(rows[1].id, i) then
        wrong("%s: %s by rows is %s", name, short(value), short(rows[1] and rows[1].v))
      end
      if not options.no_default then
        local t = ("%s_d%d"):format(name, i)
        op.create_table(t, { { "id", types.integer, primary_key = true }, { "v", kind, server_default = value } })
        op.insert(t, { id = 1 })
        op.add_column(t, { "w", kind, server_default = value })
        local row = conn:first("SELECT v, w FROM " .. t)
        if not like(row.v, wanted) then wrong("%s: the default %s is %s", name, short(value), short(row.v)) end
        if not like(row.w, wanted) then wrong("%s: the added default %s is %s", name, short(value), short(row.w)) end
        op.drop_table(t)
      end
    end
  end
  local function finish() assert(#bad == 0, #bad .. " wrong:\n" .. table.concat(bad, "\n")) end
  local _ = round, finish
]==]

describe("types on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local function try(text) return case.passes(ROUND .. text .. " finish()") end

  it("hold integers from the least to the greatest", function()
    try [[
      round("small", types.smallint, { -32768, 0, 32767 })
      round("plain", types.integer, { -2147483648, 0, 2147483647 })
      round("big", types.bigint, { math.mininteger, -1, 0, math.maxinteger, 9007199254740993 })
      round("called", types.integer(), { 1 })
      round("alias", types.int, { 1 })
    ]]
  end)

  it("refuse integers that do not fit", function()
    if SQLITE then return end -- its integers are all of 64 bits
    case.passes [[
      op.create_table("t", { { "s", types.smallint }, { "i", types.integer } })
      for _, row in ipairs { { s = 32768 }, { s = -32769 }, { i = 2147483648 }, { i = -2147483649 } } do
        local ok = op.savepoint(function() op.insert("t", row) end)
        assert(not ok)
      end
      same(conn:scalar "SELECT count(*) FROM t", 0)
    ]]
  end)

  it("hold exact decimals to the last of 38 digits", function()
    try [[
      round("d38", types.numeric(38, 10), { "1234567890123456789012345678.0123456789", "-9999999999999999999999999999.9999999999",
        "0.0000000001", "-0.0000000001" })
      round("whole", types.numeric(38, 0), { "99999999999999999999999999999999999999", "-1", "0" })
      round("money", types.decimal(10, 2), { "0.10", "-12345678.90", "99999999.99" })
      round("from_numbers", types.numeric(10, 2), { 5, 2.5 }, { "5.00", "2.50" })
      round("fraction", types.numeric(5, 5), { "0.12345", "-0.00001" })
    ]]
  end)

  it("hold floats to the last bit", function()
    try [[
      local doubles = { 0.1, 1 / 3, 1.7976931348623157e308, -2.2250738585072014e-308, 0.0, 123456789012345680.0, 1e15, -1e-7, 3.0 }
      round("dbl", types.double, doubles)
      round("flt", types.float, doubles)
      round("float53", types.float(53), doubles)
      round("single", types.real, { 0.5, -0.25, 131072.0, 0.1 })
      round("float24", types.float(24), { 0.5, -0.25 })
      round("whole", types.double, { 7, math.maxinteger // 1024 * 1024 }, { 7.0, (math.maxinteger // 1024 * 1024) + 0.0 })
    ]]
  end)

  it("hold infinities and what is no number where the server has them", function()
    if PG then
      try [[
        round("dbl", types.double, { math.huge, -math.huge, 0 / 0 })
        round("single", types.real, { math.huge, -math.huge, 0 / 0 })
        round("exact", types.numeric, { "NaN", "Infinity", "-Infinity" })
      ]]
    elseif SQLITE then
      try [[ round("dbl", types.double, { math.huge, -math.huge }) ]]
    else
      case.passes [[
        op.create_table("t", { { "v", types.double } })
        for _, value in ipairs { math.huge, -math.huge, 0 / 0 } do
          local ok, err = op.savepoint(function() op.insert("t", { v = value }) end)
          assert(not ok, tostring(value))
        end
        same(conn:scalar "SELECT count(*) FROM t", 0)
      ]]
    end
  end)

  it("hold booleans as booleans", function()
    try [[
      round("yes", types.boolean, { true, false })
      round("alias", types.bool, { true })
      same(conn:column("SELECT v FROM yes WHERE id IN (1, 2) ORDER BY id"), { true, false })
      same(conn:scalar("SELECT count(*) FROM yes WHERE v = ?", { true }), 7)
      assert(op.update("yes", { v = false }, { v = true }) == 7)
    ]]
  end)

  it("hold text of every kind", function()
    try [[
      local texts = { "", " ", "it's", "\\", "\\'", "'; DROP TABLE x; --", "\"`[]", ":x ? %s $1 $$ @v", "\t\n\r", "NULL", "null", "0x41",
        "ä ö ü ß", "日本語", "🎈👩‍👩‍👧", "e\u{301}", "\u{10FFFF}", "\1\2\27", "%", "_", "--", "/* */", "true", "1.0" }
      round("vc", types.varchar(100), texts)
      round("str", types.string(100), texts)
      round("tx", types.text, texts)
      round("padded", types.char(5), { "abcde", "äöüßé", "🎈🎈🎈🎈🎈" })
      round("exact_length", types.varchar(3), { "abc", "äöü", "🎈🎈🎈" })
    ]]
  end)

  it("hold a megabyte of text and of bytes", function()
    try [[
      local text, bytes = ("aé🎈'\\"):rep(116509), ("\0\1\255'\\\n"):rep(174763)
      round("long_text", types.text(1 << 21), { text }, nil, { no_default = true })
      round("long_blob", types.blob(1 << 21), { bytes }, nil, { no_default = true })
      assert(#conn:scalar "SELECT v FROM long_text WHERE id = 1" > 1 << 20)
      assert(#conn:scalar "SELECT v FROM long_blob WHERE id = 1" > 1 << 20)
    ]]
  end)

  it("hold bytes of every value", function()
    try [[
      local all = {}
      for i = 0, 255 do all[#all + 1] = string.char(i) end
      all = table.concat(all)
      -- Text that happens to be valid is text for a literal; PostgreSQL reads a backslash in it as an escape.
      round("bytes", types.blob, { "", "\0", all, "\255\254", "\0abc" })
      round("bin", types.binary(200), { "\0\1\2", "plain" })
      op.create_table("t", { { "v", types.blob } })
      op.insert("t", { v = "a\\b'c" })
      same(conn:scalar "SELECT v FROM t", "a\\b'c")
    ]]
  end)

  it("choose the size of a text or blob from its length", function()
    if not MYSQL then return end
    local p = case.passes [[
      op.create_table("t", { { "t1", types.text(200) }, { "t2", types.text }, { "t3", types.text(70000) }, { "t4", types.text(20000000) },
        { "b1", types.blob(255) }, { "b2", types.blob(65535) }, { "b3", types.blob(65536) }, { "b4", types.blob(1 << 24) } })
    ]]
    local kinds = {}
    for _, row in ipairs(p:sql "SELECT DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_NAME = 't' AND TABLE_SCHEMA = DATABASE() ORDER BY ORDINAL_POSITION") do
      kinds[#kinds + 1] = row[1]
    end
    assert.same({ "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob" }, kinds)
  end)

  it("refuse a varchar without a length by name where the server needs one", function()
    if MYSQL then
      case.fails([[ op.create_table("t", { { "v", types.varchar } }) ]], "varchar without a length", "types.text", "a1.lua:12")
    else
      try [[ round("v", types.varchar, { "", ("é"):rep(1000) }) ]]
    end
  end)

  it("hold dates and times as text that sorts", function()
    try [[
      round("d", types.date, { "2026-02-28", "9999-12-31", "2000-02-29", "1000-01-01" })
      round("t", types.time, { "00:00:00", "23:59:59" })
      round("t6", types.time { precision = 6 }, { "23:59:59.123456" })
      round("dt", types.datetime, { "2026-11-20 10:30:00", "1000-01-01 00:00:00", "9999-12-31 23:59:59" })
      round("dt6", types.datetime { precision = 6 }, { "2026-11-20 10:30:00.123456" })
      round("dt3", types.datetime { precision = 3 }, { "2026-11-20 10:30:00.125" })
      round("ts", types.timestamp, { "2026-11-20 10:30:00", "1970-01-02 00:00:00", "2037-12-31 23:59:59" })
      round("ts6", types.timestamp { precision = 6 }, { "2026-11-20 10:30:00.123456" })
      op.create_table("n", { { "id", types.integer, primary_key = true }, { "at", types.timestamp, server_default = op.sql "CURRENT_TIMESTAMP" },
        { "dt", types.datetime, server_default = op.sql "CURRENT_TIMESTAMP" }, { "now", types.datetime } })
      op.insert("n", { id = 1, now = op.now() })
      local row = conn:first "SELECT * FROM n"
      assert(math.abs(os.difftime(os.time(), os.time())) == 0)
      same(row.at:sub(1, 16), row.now:sub(1, 16), "the server's time is UTC")
      same(row.dt:sub(1, 16), row.now:sub(1, 16), "the server's time is UTC")
    ]]
  end)

  it("hold times with a time zone", function()
    if PG then
      try [[
        round("ts", types.timestamp { timezone = true }, { "2026-11-20 10:30:00+00", "2026-11-20 10:30:00+05:30" },
          { [2] = "2026-11-20 05:00:00+00" })
        round("dt", types.datetime { timezone = true, precision = 3 }, { "2026-11-20 10:30:00.125+00" })
        round("t", types.time { timezone = true }, { "10:30:00+02" })
      ]]
    else
      try [[
        round("ts", types.timestamp { timezone = true }, { "2026-11-20 10:30:00" })
        round("dt", types.datetime { timezone = true }, { "2026-11-20 10:30:00" })
      ]]
    end
  end)

  it("hold intervals, UUIDs and JSON", function()
    try [[
      local id = op.uuid()
      assert(#id == 36 and id:match("^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$"), id)
      round("u", types.uuid, { "7d444840-9dc0-11d1-b245-5ffdce74fad2", id, "ffffffff-ffff-ffff-ffff-ffffffffffff" })
      round("iv", types.interval, { "01:02:03" })
      local document = op.json.encode { name = "it's \\ 🎈", list = op.json.array {}, none = op.json.null, n = 1.5, deep = { { { 1 } } } }
      op.create_table("j", { { "id", types.integer, primary_key = true }, { "v", types.json } , { "b", types.jsonb } })
      for i, text in ipairs { document, "[]", "{}", "null", "1", "1.0", "\"x\"", "[1, 2.0]", "true" } do
        op.insert("j", { id = i, v = text, b = text })
        local row = conn:first("SELECT v, b FROM j WHERE id = ?", { i })
        for _, got in ipairs { row.v, row.b } do
          local a, b = op.json.decode(got), op.json.decode(text)
          if type(b) == "table" then
            same(a.name, b.name) same(a.n, b.n) same(#a, #b) same(a.list and #a.list, b.list and 0)
            same(a.none == op.json.null, b.none == op.json.null)
          else
            assert(a == b, text)
          end
        end
      end
      same(op.json.decode(op.json.encode { 1, 2.5, "x", true }), { 1, 2.5, "x", true })
      round("jd", types.json, { "[1, 2]" })
      raises(function() op.json.decode "{" end, "json")
    ]]
  end)

  it("hold enums", function()
    try [[
      local values = { "a'b", "c\\d", "é🎈", "with, comma", "(x)", "A", "a','b" }
      round("e", types.enum("mood", values), values)
      round("text_only", types.enum("plain_mood", values, { native = false }), values)
      round("checked", types.enum("checked_mood", values, { native = false, check = true }), values)
      round("wide", types.enum("wide_mood", { "x" }, { native = false, length = 40 }), { "x" })
      for _, t in ipairs { "e", "checked" } do
        raises(function() op.insert(t, { id = 9999, v = "nothing like it" }) end, "")
      end
      local c = column("e", "v")
      if ctx.dialect == "mysql" then values[3] = "é?" end -- its catalogs print no character beyond U+FFFF
      if ctx.dialect ~= "sqlite" then same(c.type.values, values) end
    ]]
  end)

  it("hold arrays on PostgreSQL and refuse them by name elsewhere", function()
    if not PG then
      case.fails([[ op.create_table("t", { { "a", types.array(types.integer) } }) ]], "array", "types.json", "a1.lua:12")
      return
    end
    try [[
      round("a", types.array(types.integer), { "{1,2,3}", "{}", "{NULL}" })
      round("b", types.array(types.text), { '{"a,b",it\'s,"\\"q\\""}' })
      round("c", types.array(types.array(types.integer)), { "{{1},{2}}" })
      round("n", types.array(types.numeric(10, 2)), { "{1.50,2.25}" })
      op.create_table("m", { { "v", types.array(types.enum("m_mood", { "x", "y" })) } })
      op.insert("m", { v = "{x,y}" })
      same(conn:scalar "SELECT v FROM m", "{x,y}")
      same(column("a", "v").type.name, "array")
    ]]
  end)

  it("take any text of the server's, and another by dialect", function()
    try [[
      round("r", types.raw(ctx.dialect == "postgresql" and "character varying(7)" or "VARCHAR(7)"), { "x" })
      round("b", types.by_dialect { default = types.text, postgresql = types.varchar(10), mysql = types.varchar(11), mariadb = types.varchar(12),
        sqlite = types.varchar(9) }, { "x" })
      local wanted = ({ postgresql = 10, mysql = 11, mariadb = 12, sqlite = 9 })[conn.server or ctx.dialect] or 0
      same(column("b", "v").type.length, wanted)
      round("o", types.varchar(op.by_dialect { default = 5, sqlite = 6 }), { "x" })
    ]]
  end)

  it("are what the inspector says they were", function()
    case.passes [[
      local kinds = {
        { types.smallint }, { types.integer }, { types.bigint }, { types.numeric(12, 3) }, { types.double }, { types.boolean },
        { types.varchar(33) }, { types.char(4) }, { types.text }, { types.blob }, { types.date }, { types.time }, { types.timestamp },
        { types.uuid }, { types.json },
      }
      local columns = { { "id", types.integer, primary_key = true } }
      for i, kind in ipairs(kinds) do columns[#columns + 1] = { "c" .. i, kind[1] } end
      op.create_table("t", columns)
      local bad = {}
      for i, kind in ipairs(kinds) do
        local got, wanted = column("t", "c" .. i).type, kind[1]
        -- MySQL has no UUID of its own; MariaDB's JSON is text with a CHECK.
        local name = ctx.dialect == "mysql" and wanted.name == "uuid" and "char" or wanted.name
        if got.name ~= name and not (wanted.name == "uuid" and got.name == "uuid") then
          bad[#bad + 1] = wanted.name .. " is " .. tostring(got.name)
        end
        for _, field in ipairs { "precision", "scale" } do
          if wanted[field] ~= nil and got[field] ~= wanted[field] then bad[#bad + 1] = wanted.name .. "." .. field end
        end
        if wanted.length and got.length ~= wanted.length then bad[#bad + 1] = wanted.name .. ".length" end
        if tostring(got) == "" then bad[#bad + 1] = wanted.name .. " prints as nothing" end
      end
      assert(#bad == 0, table.concat(bad, "; "))
    ]]
  end)

  it("take a collation", function()
    case.passes [[
      local collation = op.by_dialect { sqlite = "NOCASE", postgresql = "C", mysql = "utf8mb4_bin" }
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "a", types.varchar(10, { collation = collation }) },
        { "b", types.text { collation = collation } }, { "c", types.varchar(10), collation = collation } })
      op.insert("t", { a = "B", b = "B", c = "B" })
      local found = conn:scalar("SELECT count(*) FROM t WHERE a = 'b' AND b = 'b' AND c = 'b'")
      same(found, ctx.dialect == "sqlite" and 1 or 0)
      local name = ({ sqlite = "NOCASE", postgresql = "C", mysql = "utf8mb4_bin" })[ctx.dialect]
      same(column("t", "a").collation, name) same(column("t", "c").collation, name)
    ]]
  end)

  it("refuse what makes no sense, at the script's line", function()
    for text, says in pairs {
      ["types.varchar(0)"] = "length", ["types.numeric(2, 5)"] = "scale", ["types.varchar('x')"] = "whole number",
      ["types.inetger"] = "did you mean integer", ["types.enum('e', {})"] = "values", ["types.enum('e', { 'a', 'a' })"] = "different",
      ["types.array()"] = "missing", ["types.time { timezon = true }"] = "timezone", ["types.integer(5)"] = "argument",
      ["types.numeric(1.5)"] = "whole number", ["types.raw ''"] = "text",
    } do
      case.fails("\n" .. ("op.create_table('t', { { 'a', %s } })"):format(text), says, "a1.lua:13")
    end
  end)
end)
