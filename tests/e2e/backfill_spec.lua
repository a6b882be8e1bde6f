--- Backfills on a real database: keys of all kinds, what is refused, failures, rows passed over, writers
--- beside it, orders from outside.
local e2e = require "support.e2e"

local function project(up, ...)
  local p = e2e.project()
  p:revision { "a1", up = up }
  for i, text in ipairs { ... } do p:revision { "b" .. i, up = text } end
  return p
end

local function upgrade(p, ...)
  local r = p:run("upgrade", ...)
  assert.equal(0, r.code, r.err)
  return r
end

local ITEMS = [[
  op.create_table("items", {
    { "id", types.bigint, primary_key = true, autoincrement = false },
    { "label", types.varchar(40) }, { "n", types.integer, nullable = false, server_default = 0 },
    { "slug", types.varchar(40) },
  })
  local rows = {}
  for i = 1, 500 do rows[i] = { id = i * 3 - 700, label = "Item " .. i } end
  op.bulk_insert("items", rows)
]]

describe("a backfill on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("gives what it did, and the same again when its revision is resumed", function()
    local p = project(ITEMS, [[
      local r = op.batch_update("items", { set = { n = op.sql "n + 1" }, where = "id > :low", params = { low = 0 },
        batch_size = 50, target = false })
      io.stderr:write(("result %d %d %d\n"):format(r.rows, r.batches, r.skipped))
      assert(r.seconds >= 0)
      local s = op.batch_update("items", { columns = { "label" }, set = function(row)
        if row.id % 2 == 0 then return nil end
        return { slug = row.label:upper(), n = op.null and 7 }
      end, batch_size = 50, target = false })
      assert(s.rows == 250, s.rows)
      if not io.open("fixed") then error("not yet") end
      op.execute("UPDATE items SET n = n + 100 WHERE id = 2")
    ]])
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("result 267 10 0", r.err)
    p:write("fixed", "")
    r = upgrade(p)
    assert.matches("result 267 10 0", r.err)
    assert.same({ { "107" } }, p:sql("SELECT 100 + max(n) FROM items WHERE id % 2 <> 0"))
    assert.same({ { "101" } }, p:sql("SELECT n FROM items WHERE id = 2"))
    assert.same({ { "ITEM 1" } }, p:sql("SELECT slug FROM items WHERE id = -697"))
    assert.same({ { "250" } }, p:sql("SELECT count(*) FROM items WHERE slug IS NOT NULL"))
  end)

  it("runs anew after a downgrade", function()
    local p = project(ITEMS, [[op.batch_update("items", { set = { n = op.sql "n + 1" } })]])
    upgrade(p)
    assert.equal(0, p:run("downgrade", "a1").code)
    upgrade(p)
    assert.same({ { "2", "2" } }, p:sql("SELECT min(n), max(n) FROM items"))
  end)

  it("of an empty table is done at once", function()
    local p = project([[op.create_table("t", { { "id", types.integer, primary_key = true }, { "n", types.integer } })]], [[
      local r = op.batch_update("t", { set = { n = 1 } })
      assert(r.rows == 0 and r.batches == 0)
      r = op.batch_delete("t", { where = op.all })
      assert(r.rows == 0)
    ]])
    upgrade(p)
  end)

  it("writes every type of value back as it was given", function()
    local p = project([[
      op.create_table("v", {
        { "id", types.integer, primary_key = true }, { "i", types.bigint }, { "f", types.double },
        { "d", types.numeric(20, 4) }, { "t", types.text }, { "s", types.varchar(30) }, { "b", types.blob },
        { "o", types.boolean }, { "at", types.timestamp }, { "c", types.char(5) },
      })
      op.bulk_insert("v", { { id = 1 }, { id = 2 }, { id = 3 } })
    ]], [[
      local odd = 'q"uo\'te \\ back {b,r} \n\t snow \u{2603} \u{1F600} NULL'
      op.batch_update("v", { batch_size = 2, target = false, set = function(row)
        if row.id == 3 then return { t = op.null, i = op.null, b = op.null } end
        return { i = math.mininteger + row.id, f = 0.1 + row.id, d = "1234567890123456.7890", t = odd, s = "", o = row.id == 1,
          b = "\0\1\255bytes", at = "2026-11-20 10:30:00", c = "ab" }
      end })
      local conn = op.get_bind()
      for _, row in ipairs(conn:all("SELECT * FROM v WHERE id < 3 ORDER BY id")) do
        assert(row.i == math.mininteger + row.id, "i")
        assert(row.f == 0.1 + row.id, "f")
        assert(row.d == "1234567890123456.7890" or row.d == "1234567890123456.789", row.d)
        assert(row.t == odd, row.t)
        assert(row.s == "", "s")
        assert(row.b == "\0\1\255bytes", "b")
        assert(row.o == (row.id == 1), "o")
        assert(tostring(row.at):find("^2026%-11%-20 10:30:00"), row.at)
        assert(row.c:gsub(" +$", "") == "ab", "c")
      end
      local last = conn:first("SELECT t, i, b FROM v WHERE id = 3")
      assert(last.t == nil and last.i == nil and last.b == nil)
    ]])
    upgrade(p)
  end)

  local KEYS = {
    { "text, whatever its case", '{ "k", types.varchar(30), primary_key = true }', { "k" },
      [[("%s%05d \'é"):format(i % 2 == 0 and "A" or "b", i * 7919 % 100003)]] },
    { "uuids", '{ "k", types.uuid, primary_key = true }', { "k" },
      [[("%08x-0000-4000-8000-%012x"):format(i * 2654435761 % 4294967296, i)]] },
    { "timestamps", '{ "k", types.timestamp, primary_key = true }', { "k" },
      [[os.date("!%Y-%m-%d %H:%M:%S", 1700000000 + i * 977)]] },
    { "exact decimals", '{ "k", types.numeric(12, 3), primary_key = true }', { "k" }, [[("%d.%03d"):format(i - 150, i % 1000)]] },
    { "a unique key of NOT NULL columns", '{ "k", types.integer, nullable = false, unique = true }', { "k" }, "i * 2" },
    { "two columns", '{ "k", types.varchar(10) }, { "m", types.integer }, op.primary_key { "k", "m" }', { "k", "m" },
      [["g" .. i // 37]], "i % 37" },
    { "three columns", '{ "k", types.integer }, { "m", types.varchar(5) }, { "l", types.integer }, '
      .. 'op.primary_key { "k", "m", "l" }', { "k", "m", "l" }, "i // 100", [["m" .. i // 10 % 10]], "i % 10" },
  }
  for _, key in ipairs(KEYS) do
    local title, columns, names = key[1], key[2], key[3]
    it("walks by " .. title, function()
      local fields = {}
      for i, name in ipairs(names) do fields[i] = ("%s = %s"):format(name, key[3 + i]) end
      local p = project(([[
        op.create_table("t", { %s, { "a", types.integer, nullable = false, server_default = 0 },
          { "b", types.integer, nullable = false, server_default = 0 } })
        local rows = {}
        for i = 1, 300 do rows[i] = { %s } end
        op.bulk_insert("t", rows)
      ]]):format(columns, table.concat(fields, ", ")), [[
        local r = op.batch_update("t", { set = { a = op.sql "a + 1" }, batch_size = 17, target = false })
        assert(r.rows == 300 and r.batches == 18, r.rows .. " in " .. r.batches)
        r = op.batch_update("t", { columns = { "b" }, set = function(row) return { b = row.b + 1 } end,
          batch_size = 17, target = false })
        assert(r.rows == 300, r.rows)
        local seen = 0
        op.batch_each("t", { batch_size = 23, target = false }, function(rows) seen = seen + #rows end)
        assert(seen == 300, seen)
      ]])
      upgrade(p)
      assert.same({ { "300", "1", "1", "1", "1" } }, p:sql("SELECT count(*), min(a), max(a), min(b), max(b) FROM t"))
    end)
  end

  it("refuses a table without a key, a column that is none, NULLs in the key and a change of the key", function()
    local p = project([[
      op.create_table("t", { { "a", types.integer }, { "b", types.integer } })
      op.bulk_insert("t", { { a = 1 }, { a = op.null }, { a = 3, b = 4 } })
      op.create_table("u", { { "id", types.integer, primary_key = true }, { "b", types.integer } })
      op.insert("u", { id = 1 })
    ]])
    local function refused(up, ...)
      p:revision { "b1", parent = "a1", up = up }
      local r = p:run("upgrade")
      assert.equal(1, r.code, r.err)
      for _, part in ipairs { ... } do assert.matches(part, r.err, 1, true) end
      assert.matches("b1.lua:", r.err, 1, true)
      p:run("resolve", "b1", "--forget")
    end
    refused([[op.batch_update("t", { set = { b = 1 } })]], "neither a primary key", "key = {")
    refused([[op.batch_update("t", { set = { b = 1 }, key = "a" })]], "NULL")
    refused([[op.batch_update("u", { set = { c = 1 } })]], "no column \"c\"")
    refused([[op.batch_update("u", { set = { id = op.sql "id + 1" } })]], "key")
    refused([[op.batch_update("u", { columns = { "bb" }, set = function() end })]], "no column \"bb\"", "b")
    refused([[op.batch_update("u", { set = function() return { id = 3 } end })]], "key")
    refused([[op.batch_update("u", { set = function() return { zz = 3 } end })]], "zz")
    refused([[op.batch_update("u", { set = function() return 5 end })]], "returned a number")
    refused([[op.batch_update("nowhere", { set = { a = 1 } })]], "there is no table nowhere")
    refused([[op.savepoint(function() op.batch_update("u", { set = { b = 1 } }) end) error("went on")]], "went on")
    refused([[local ok, err = op.savepoint(function() op.batch_update("u", { set = { b = 1 } }) end)
      error(tostring(err))]], "savepoint")
    refused([[op.batch_each("u", {}, function() op.commit() end)]], "batch")
    refused([[op.batch_each("u", {}, function(_, conn) conn:execute("COMMIT") end)]], "batch")
    refused([[op.batch_each("u", {}, function() op.batch_delete("t", { where = op.all, key = "b" }) end)]],
      "inside a batch")
    assert.same({ { "1", "NULL" } }, p:sql("SELECT id, b FROM u"))
  end)

  it("walks by the key it is told to", function()
    local p = project([[
      op.create_table("t", { { "id", types.integer, primary_key = true }, { "g", types.integer, nullable = false },
        { "n", types.integer, nullable = false, server_default = 0 } })
      local rows = {}
      for i = 1, 100 do rows[i] = { id = i, g = i // 10 } end
      op.bulk_insert("t", rows)
      op.create_index("t_g", "t", { "g" })
    ]], [[
      local r = op.batch_update("t", { set = { n = op.sql "n + 1" }, key = "g", batch_size = 7, target = false })
      assert(r.rows == 100, r.rows)
      r = op.batch_update("t", { columns = { "n" }, set = function(row) return { n = row.n + row.id } end, key = { "g" },
        batch_size = 7, target = false })
      assert(r.rows == 100, r.rows)
    ]])
    upgrade(p)
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM t WHERE n <> id + 1"))
  end)

  it("passes over the rows that fail, records them, and goes on", function()
    local p = project(ITEMS, [[
      op.execute("CREATE UNIQUE INDEX items_slug ON items (slug)")
    ]], [[
      local r = op.batch_update("items", { columns = { "label" }, on_error = "skip", set = function(row)
        local number = tonumber(row.label:match("%d+"))
        if number == 77 then error("no good") end
        return { slug = number == 401 and "item 3" or row.label:lower(), n = 1 }
      end })
      assert(r.rows == 498 and r.skipped == 2, r.rows .. ", " .. r.skipped)
      io.open("stop")
      if not io.open("go") then error("stop here") end
    ]])
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("stop here", r.err)
    assert.same({ { "498" } }, p:sql("SELECT count(*) FROM items WHERE n = 1"))
    local list = p:json("backfills").json.backfills
    assert.equal(2, list[1].skipped)
    assert.same({ { 77 * 3 - 700 }, { 401 * 3 - 700 } }, { list[1].skipped_rows[1].key, list[1].skipped_rows[2].key })
    assert.matches("no good", list[1].skipped_rows[1].error)
    p:write("go", "")
    upgrade(p)
  end)

  it("that failed is put right and goes on where it was", function()
    local text = [[
      op.batch_update("items", { columns = { "label" }, batch_size = 50, target = false, set = function(row)
        if row.id == 2 %s then error("bad row") end
        return { slug = row.label, n = 1 }
      end })
    ]]
    local p = project(ITEMS, text:format(""))
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("bad row", r.err)
    assert.matches("the key 2", r.err)
    local done = tonumber(p:sql("SELECT count(*) FROM items WHERE n = 1")[1][1])
    assert.equal(200, done)
    local open = p:json("status").json.backfills
    assert.equal("failed", open[1].state)
    assert.equal(200, open[1].rows)
    p:revision { "b1", parent = "a1", up = text:format("and false") }
    r = upgrade(p)
    assert.matches("goes on after 200 rows", r.err)
    assert.same({ { "500" } }, p:sql("SELECT count(*) FROM items WHERE n = 1"))
    assert.same({}, p:json("status").json.backfills)
  end)

  it("that was killed must stay what it was", function()
    local text = [[
      op.batch_each("items", { batch_size = 50, target = false, %s }, function(rows, conn)
        conn:execute("UPDATE items SET n = n + 1 WHERE id = :id", rows)
        if rows[1].id > 0 and not io.open("go") then os.execute("kill -9 $PPID") end
      end)
    ]]
    local p = project(ITEMS, text:format(""))
    p:start("upgrade"):wait(30)
    p:write("go", "")
    p:revision { "b1", parent = "a1", up = text:format("where = 'id < 100'") }
    local r = p:run("upgrade")
    assert.equal(1, r.code, r.err)
    assert.matches("not finished", r.err)
    p:revision { "b1", parent = "a1", up = text:format("pause = '1ms', name = 'x'") }
    upgrade(p)
    assert.same({ { "1", "1" } }, p:sql("SELECT min(n), max(n) FROM items"))
  end)

  it("takes along rows that come behind its end while it runs", function()
    local p = project(ITEMS, [[
      local added
      local r = op.batch_update("items", { columns = { "n" }, batch_size = 100, target = false, set = function(row)
        return { n = row.n + 1 }
      end, throttle = function()
        if not added then
          added = true
          op.get_bind():execute("INSERT INTO items (id, label) VALUES (5000, 'late')")
        end
        return false
      end })
      assert(r.rows == 501, r.rows)
    ]])
    upgrade(p)
    assert.same({ { "1", "1" } }, p:sql("SELECT min(n), max(n) FROM items"))
  end)

  it("lets its batch end on the first signal and goes on with the next run", function()
    local p = project(ITEMS, [[
      op.batch_update("items", { columns = { "n" }, batch_size = 100, target = false, set = function(row)
        if row.id == -697 then
          io.stderr:write("in work\n")
          os.execute("sleep 1")
        end
        return { n = row.n + 1 }
      end })
    ]])
    local job = p:start("upgrade")
    assert.is_true(job:expect("in work", 20))
    job:signal("TERM")
    local r = job:wait(20)
    assert.equal(7, r.code, r.err)
    assert.same({ { "100" } }, p:sql("SELECT count(*) FROM items WHERE n = 1"))
    upgrade(p)
    assert.same({ { "1", "1" } }, p:sql("SELECT min(n), max(n) FROM items"))
  end)

  it("is paused, tuned, resumed and aborted from outside", function()
    local p = project(ITEMS, [[
      op.batch_update("items", { columns = { "n" }, batch_size = 10, target = false, pause = "300ms", name = "slow one",
        set = function(row) return { n = row.n + 1 } end })
    ]])
    local job = p:start("upgrade")
    local function state(wanted)
      for _ = 1, 100 do
        local list = p:json("status").json
        local found = list and list.backfills and list.backfills[1]
        if found and found.state == wanted then return found end
        os.execute("sleep 0.1")
      end
    end
    assert(state("running"))
    local r = p:run("backfill", "pause", "slow one")
    assert.equal(0, r.code, r.err)
    local paused = assert(state("paused"))
    assert.is_true(paused.rows < 500)
    assert.equal(0, p:run("backfill", "set", "slow one", "pause=200ms", "batch_size=20").code)
    assert.equal(2, p:run("backfill", "set", "slow one", "batchsize=20").code)
    assert.equal(2, p:run("backfill", "set", "slow one", "batch_size=x").code)
    assert.equal(2, p:run("backfill", "pause", "slow two").code)
    assert.equal(0, p:run("backfill", "resume", "slow one").code)
    assert(state("running"))
    assert.equal(0, p:run("backfill", "abort", "slow one").code)
    r = job:wait(30)
    assert.equal(7, r.code, r.err)
    assert.matches("abort", r.err)
    assert.equal("stopped", p:json("backfills").json.backfills[1].state)
    assert.equal(20, p:json("backfills").json.backfills[1].batch_size)
    assert.equal(0, p:run("backfill", "set", "slow one", "pause=0s", "batch_size=400").code)
    upgrade(p)
    assert.same({ { "1", "1" } }, p:sql("SELECT min(n), max(n) FROM items"))
  end)

  it("reports its progress as events", function()
    local p = project(ITEMS, [[op.batch_update("items", { set = { n = 1 }, batch_size = 100, name = "counting" })]])
    upgrade(p, "a1")
    local r = p:json("upgrade")
    local seen = {}
    for _, event in ipairs(r.events) do
      if event.event == "progress" then seen[#seen + 1] = event end
    end
    assert.is_true(#seen >= 2)
    assert.equal("counting", seen[#seen].text)
    assert.equal(500, seen[#seen].done)
    assert.equal(500, seen[#seen].rows)
    assert.equal("b1", seen[#seen].revision)
    for i = 1, #seen - 1 do -- an estimate that is too low says nothing
      assert.is_true(seen[i].total == nil or seen[i].total == e2e.null or seen[i].total > seen[i].done
        or seen[i].done == 500, i)
    end
  end)

  if e2e.db ~= "sqlite" then -- there the revision itself waits, before any backfill
    it("waits for rows that others hold, and tries the batch again", function()
      local p = project(ITEMS)
      upgrade(p)
      local other = e2e.project { url = p.url, config = 'version_table = "other_version",' }
      other:revision { "o1", up = [[
        op.execute("UPDATE items SET slug = 'held' WHERE id = 2")
        io.stderr:write("holding\n")
        os.execute("sleep 3")
      ]] }
      p:write("curlew.lua", p:read("curlew.lua"):gsub("\n}", "\n  ddl = { lock_timeout = \"1s\" },\n  lock = { timeout = \"1s\" },\n}"))
      p:revision { "b1", up = [[
        op.batch_update("items", { columns = { "slug", "n" }, batch_size = 100, target = false, set = function(row)
          return { n = row.n + 1, slug = (row.slug or "") .. "!" }
        end })
      ]] }
      local job = other:start("upgrade")
      job:expect("holding", 20)
      local r = p:run("upgrade")
      local held = job:wait(20)
      assert.matches("tried again %(1 of 10%)", r.err)
      assert.equal(0, held.code, held.err)
      assert.equal(0, r.code, r.err)
      assert.same({ { "1", "1" } }, p:sql("SELECT min(n), max(n) FROM items"))
      assert.same({ { "held!" } }, p:sql("SELECT slug FROM items WHERE id = 2"))
    end)
  end

  it("loses nothing that others write meanwhile", function()
    local p = project(ITEMS, [[
      op.batch_update("items", { columns = { "n" }, batch_size = 10, target = false, set = function(row)
        return { n = row.n + 1000 }
      end })
    ]])
    upgrade(p, "a1")
    local other = e2e.project { url = p.url, config = 'version_table = "other_version", lock = { timeout = "30s" },' }
    other:revision { "o1", more = 'transaction = "none",', up = [[
      for i = 1, 300 do
        op.execute("UPDATE items SET n = n + 1 WHERE id = :id", { id = (i * 37 % 500 + 1) * 3 - 700 })
        if i == 1 then io.stderr:write("writing\n") end
        if i % 30 == 0 then op.execute("DELETE FROM items WHERE id = :id", { id = i * 3 - 700 }) end
      end
    ]] }
    local job = other:start("upgrade")
    assert.is_true(job:expect("writing", 20))
    upgrade(p)
    local written = job:wait(60)
    assert.equal(0, written.code, written.err)
    local deleted, gone = {}, 0
    for i = 30, 300, 30 do deleted[i * 3 - 700] = i end
    local sum = 0
    for i = 1, 300 do
      if not deleted[(i * 37 % 500 + 1) * 3 - 700] then sum = sum + 1 end
    end
    for _ in pairs(deleted) do gone = gone + 1 end
    assert.same({ { tostring(500 - gone), tostring((500 - gone) * 1000 + sum) } }, p:sql("SELECT count(*), sum(n) FROM items"))
  end)

  it("of a function is refused while its SQL is only printed", function()
    local p = project(ITEMS, [[op.batch_update("items", { set = function() end })]])
    local r = p:run("upgrade", "--sql")
    assert.equal(1, r.code)
    assert.matches("b1.lua:", r.err, 1, true)
    assert.matches("Lua function", r.err)
  end)

  it("of SQL is printed as a loop that the database's client runs", function()
    local p = project(ITEMS, [[
      op.batch_update("items", { key = "id", batch_size = 70, set = { n = op.sql "n + 1", slug = "it's 100%" },
        where = "id > 0 -- all" })
      op.batch_delete("items", { key = "id", where = "id > 500" })
    ]])
    upgrade(p, "a1")
    local r = p:run("upgrade", "--sql", "a1:b1")
    assert.equal(0, r.code, r.err)
    p:sql(r.out)
    assert.same({ "b1" }, p:rows())
    assert.same({ { "167", "it's 100%" } }, p:sql("SELECT sum(n), max(slug) FROM items"))
    assert.same({ { "500" } }, p:sql("SELECT max(id) FROM items"))
  end)

  if e2e.dialect ~= "sqlite" then
    it("says which option it needs while its SQL is only printed", function()
      local p = project(ITEMS, [[op.batch_update("elsewhere", { set = { n = 1 } })]])
      local r = p:run("upgrade", "--sql")
      assert.equal(1, r.code)
      assert.matches("key = {", r.err, 1, true)
      assert.matches("b1.lua:", r.err, 1, true)
    end)
  end
end)
