--- Every example of docs/backfills.md runs, in one project, in the order of the page.
local e2e = require "support.e2e"

local SCHEMA = [[
  op.create_table("users", {
    { "id", types.integer, primary_key = true }, { "name", types.varchar(60) }, { "email", types.varchar(120) },
    { "street", types.varchar(100) }, { "city", types.varchar(100) }, { "domain", types.varchar(100) },
    { "visits", types.integer, nullable = false, server_default = 0 },
  })
  op.create_table("articles", { { "id", types.integer, primary_key = true }, { "title", types.varchar(100) },
    { "words", types.integer } })
  op.create_table("events", { { "id", types.integer, primary_key = true }, { "kind", types.varchar(20) },
    { "at", types.timestamp, nullable = false } })
  local users, articles, events = {}, {}, {}
  for i = 1, 300 do
    users[i] = { name = "User " .. i, email = i == 7 and "nobody" or ("u%d@example.org"):format(i),
      street = i % 2 == 0 and "Street " .. i or op.null, city = "Town" }
    articles[i] = { title = ("The %d. Article, of many"):format(i) }
    events[i] = { kind = i % 3 == 0 and "debug" or "sale", at = ("20%02d-05-05 10:00:00"):format(i % 30) }
  end
  op.bulk_insert("users", users)
  op.bulk_insert("articles", articles)
  op.bulk_insert("events", events)
]]

describe("the guide to backfills on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("has examples that run and do what it says", function()
    local p = e2e.project()
    p:revision { "a0", up = SCHEMA }
    os.execute(("mkdir '%s/data'"):format(p.dir))
    p:write("data/countries.csv", 'code,name,population\nIS,Iceland,380000\nBO,"Bolivia, Plurinational State of",\n')
    local count = 0
    for example in e2e.read((os.getenv("CURLEW_SOURCE_DIR") or ".") .. "/docs/backfills.md"):gmatch("```lua\n(.-)```") do
      count = count + 1
      p:revision { "b" .. count, up = example }
    end
    assert.equal(10, count)
    local r = p:run("upgrade")
    assert.equal(0, r.code, r.err)
    assert.matches("100 events removed", r.err)
    assert.matches("1 rows were passed over", r.err)
    assert.same({ { "USER 1" } }, p:sql("SELECT full_name FROM users WHERE id = 1"))
    assert.same({ { "the-12-article-of-many" } }, p:sql("SELECT slug FROM articles WHERE id = 12"))
    assert.same({ { "150" } }, p:sql("SELECT count(*) FROM addresses"))
    assert.same({ { "5", "5" } }, p:sql("SELECT min(words), max(words) FROM articles"))
    assert.same({ { "BO", "NULL" }, { "IS", "380000" } }, p:sql(
      "SELECT code, population FROM countries WHERE code < 'X' ORDER BY code"))
    assert.matches("2 countries", r.err)
    assert.same({ { "1", "1" } }, p:sql("SELECT min(visits), max(visits) FROM users"))
    assert.same({ { "0" } }, p:sql("SELECT count(*) FROM events WHERE at < '2021-01-01' AND kind <> 'old'"))
    assert.same({ { "7" } }, p:sql("SELECT id FROM users WHERE domain IS NULL"))
  end)
end)
