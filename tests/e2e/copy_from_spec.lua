--- op.copy_from on a real database: lists, functions, CSV files, what is refused and where.
local e2e = require "support.e2e"

local TABLE = [[
  op.create_table("people", {
    { "id", types.integer, primary_key = true, autoincrement = false }, { "name", types.varchar(40), nullable = false },
    { "score", types.double }, { "active", types.boolean }, { "note", types.text }, { "photo", types.blob },
  })
]]

local function project(...)
  local p = e2e.project()
  p:revision { "a1", up = TABLE }
  for i, text in ipairs { ... } do p:revision { "b" .. i, up = text } end
  return p
end

local function upgrade(p, ...)
  local r = p:run("upgrade", ...)
  assert.equal(0, r.code, r.err)
  return r
end

describe("op.copy_from on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("loads a list of rows, every value as it was given", function()
    local p = project([[
      local odd = "q\"uo'te \\ back\\N {b} \n\r\t snow \u{2603}"
      local n = op.copy_from("people", {
        { id = 1, name = odd, score = 0.1, active = true, note = "", photo = "\0\1\255" },
        { id = 2, name = "\\N", active = false, score = op.null },
        { id = 3, name = "x", score = 1e300, note = ("long "):rep(2000) },
      }, { columns = { "id", "name", "score", "active", "note", "photo" } })
      assert(n == 3, n)
      local rows = op.get_bind():all("SELECT * FROM people ORDER BY id")
      assert(rows[1].name == odd and rows[1].score == 0.1 and rows[1].active == true and rows[1].note == "")
      assert(rows[1].photo == "\0\1\255")
      assert(rows[2].name == "\\N" and rows[2].score == nil and rows[2].active == false and rows[2].note == nil)
      assert(rows[3].score == 1e300 and #rows[3].note == 10000 and rows[3].active == nil)
      assert(op.copy_from("people", {}) == 0)
    ]])
    upgrade(p)
  end)

  it("loads what a function gives, of any number", function()
    local p = project([[
      local i = 0
      local n = op.copy_from("people", function()
        i = i + 1
        if i <= 5001 then return { i, "Name " .. i } end
      end, { columns = { "id", "name" } })
      assert(n == 5001, n)
    ]])
    upgrade(p)
    assert.same({ { "5001", "12507501" } }, p:sql("SELECT count(*), sum(id) FROM people"))
  end)

  it("loads a CSV file from the project's folder", function()
    local p = project([[
      assert(op.copy_from("people", "data/people.csv") == 4)
      assert(op.copy_from("people", "data/more.txt", { header = false, columns = { "id", "name", "note" },
        delimiter = ";", quote = "'", null = "-" }) == 2)
      local rows = op.get_bind():all("SELECT * FROM people ORDER BY id")
      assert(rows[1].name == "Ada, \"Countess\"\nof Lovelace" and rows[1].score == 1.5 and rows[1].active == true)
      assert(rows[2].score == nil and rows[2].active == false and rows[2].note == "")
      assert(rows[3].note == nil)
      assert(rows[5].name == "semi;colon" and rows[5].note == nil)
      assert(rows[6].name == "it's" and rows[6].note == "")
    ]])
    os.execute(("mkdir -p '%s/data'"):format(p.dir))
    p:write("data/people.csv", "\u{FEFF}id,name,score,active,note\r\n1,\"Ada, \"\"Countess\"\"\nof Lovelace\",1.5,true,x\r\n"
      .. "2,Bob,,false,\"\"\r\n3,Cleo,3,1,\r\n4,Dan,4,0,last")
    p:write("data/more.txt", "5;'semi;colon';-\n6;'it''s';''\n")
    upgrade(p)
  end)

  it("names the line of a CSV file that is refused, and leaves nothing", function()
    local p = project([[op.copy_from("people", "people.csv")]])
    local function refused(text, ...)
      p:write("people.csv", text)
      local r = p:run("upgrade")
      assert.equal(1, r.code)
      for _, pattern in ipairs { ... } do assert.matches(pattern, r.err) end
      assert.same({ { "0" } }, p:sql("SELECT count(*) FROM people"))
    end
    upgrade(p, "a1")
    refused("id,name\n1,a\n2,\"b\nb\"\n3\n", "people%.csv:5: ")
    refused("id,name\n1,a\n2,\"b\n", "people%.csv:[23]: ", "quote")
    refused("id,name\n1,a\n\"2\",\"b\"\n1,c\n", "people%.csv:4: ")
    local many = { "id,name" }
    for i = 1, 250 do many[#many + 1] = ("%d,%s"):format(i, i == 199 and ("x"):rep(300) or "a") end
    many[#many + 1] = "7,again"
    refused(table.concat(many, "\n"), e2e.db == "sqlite" and "people%.csv:252: " or "people%.csv:200: ")
    refused("id,nam\n1,a\n", "nam")
    refused("", "empty")
    os.execute(("rm '%s/people.csv'"):format(p.dir))
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("people.csv: No such file", r.err)
  end)

  it("names the row of a list that is refused", function()
    local p = project([[op.copy_from("people", { { id = 1, name = "a" }, { id = 2, nmae = "b" } })]])
    local r = p:run("upgrade")
    assert.equal(1, r.code)
    assert.matches("row 2", r.err)
    assert.matches("did you mean", r.err)
    p:revision { "b1", parent = "a1", up = [[op.copy_from("people", { { 1, "a" } })]] }
    assert.matches("columns = {", p:run("upgrade").err, 1, true)
    p:revision { "b1", parent = "a1", up = [[op.copy_from("people", { { id = 1, name = {} } })]] }
    assert.matches("column \"name\" must be", p:run("upgrade").err)
    p:revision { "b1", parent = "a1", up = [[op.copy_from("people", { { id = 1 } }, { header = true })]] }
    assert.matches("header is for a CSV file", p:run("upgrade").err)
  end)

  it("is one step, which a resumed revision skips", function()
    local p = project([[
      op.copy_from("people", { { id = 1, name = "a" } })
      op.batch_update("people", { set = { note = "done" } })
      if not io.open("fixed") then error("not yet") end
    ]])
    assert.equal(1, p:run("upgrade").code)
    p:write("fixed", "")
    upgrade(p)
    assert.same({ { "1", "done" } }, p:sql("SELECT id, note FROM people"))
  end)

  it("is printed as inserts", function()
    local p = project([[
      op.copy_from("people", "people.csv")
      op.copy_from("people", { { 7, "it's" } }, { columns = { "id", "name" } })
    ]])
    p:write("people.csv", "id,name,note\n5,Eve,\n")
    upgrade(p, "a1")
    local r = p:run("upgrade", "--sql", "a1:b1")
    assert.equal(0, r.code, r.err)
    p:sql(r.out)
    assert.same({ { "5", "Eve" }, { "7", "it's" } }, p:sql("SELECT id, name FROM people ORDER BY id"))
  end)
end)
