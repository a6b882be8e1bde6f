--- A database at a revision whose file is gone: who applied it, when and from where is said, and the
--- database keeps its text, which is enough to take it back.
local e2e = require "support.e2e"

local BODY = { "b1", up = 'op.create_table("b", { { "id", types.integer } })', down = 'op.drop_table("b")' }

describe("a revision without a file on " .. e2e.db, function()
  after_each(e2e.cleanup)

  local function project()
    local p = e2e.project()
    p:revision { "a1", up = 'op.create_table("a", { { "id", types.integer } })', down = 'op.drop_table("a")' }
    local file = p:revision(BODY)
    assert.equal(0, p:run("upgrade").code)
    local f = assert(io.open(file))
    local text = f:read("a")
    f:close()
    assert(os.remove(file))
    return p, file, text
  end

  it("is named with when, by whom and from which host it was applied", function()
    local p = project()
    for _, command in ipairs { { "upgrade" }, { "downgrade", "a1" }, { "current" } } do
      local r = p:run(table.unpack(command))
      assert.equal(3, r.code, r.err)
      assert.matches("b1 was applied at %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d%.%d+ UTC by %S+ from %S+", r.err)
      assert.matches("curlew show b1 %-%-from%-database", r.err)
    end
    local status = p:run("status")
    assert.equal(0, status.code, status.err)
    assert.matches("1 applied, 0 pending:", status.out)
    assert.matches("without a file here:%s+b1, revision b1", status.out)
    assert.equal("unknown_in_database", p:json("current").json.error.code)
  end)

  it("is shown from the database, and downgraded once that text is a file again", function()
    local p, file, text = project()
    local r = p:run("show", "b1", "--from-database")
    assert.equal(0, r.code, r.err)
    assert.equal(text, r.out)
    local shown = p:json("show", "b1", "--from-database").json.show[1]
    assert.equal(text, shown.script)
    assert.equal(64, #shown.checksum)
    assert.is_string(shown.host)
    local f = assert(io.open(file, "w"))
    f:write(r.out)
    f:close()
    r = p:run("downgrade", "a1")
    assert.equal(0, r.code, r.err)
    assert.same({ "a1" }, p:rows())
  end)

  it("that the database has no text of is refused", function()
    local p = project()
    local r = p:run("show", "zz", "--from-database")
    assert.equal(3, r.code)
    assert.matches("keeps no text of a revision 'zz'", r.err)
  end)
end)
