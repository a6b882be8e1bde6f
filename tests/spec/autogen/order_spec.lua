--- The order of tables and records: what is referenced first, however long the chain, and the same every time.
require "support.lua_host"
local order = require "curlew.autogen.order"

local function tables(edges, names)
  local list, by_name = {}, {}
  for _, name in ipairs(names) do
    by_name[name] = { name = name, keys = {} }
    list[#list + 1] = by_name[name]
  end
  for _, edge in ipairs(edges) do
    table.insert(by_name[edge[1]].keys, { kind = "foreign_key", referent = edge[2] })
  end
  return list
end

local function sorted(list)
  local result, late = order.by_reference(list, function(t) return t.keys end)
  local names, count = {}, 0
  for i, t in ipairs(result) do names[i] = t.name end
  for _ in pairs(late) do count = count + 1 end
  return names, count
end

describe("autogen.order", function()
  it("puts a table behind those that it references", function()
    assert.same({ "c", "b", "a" }, (sorted(tables({ { "a", "b" }, { "b", "c" } }, { "a", "b", "c" }))))
  end)

  it("cuts a circle once and leaves a table's reference to itself", function()
    local names, late = sorted(tables({ { "a", "b" }, { "b", "a" }, { "a", "a" } }, { "a", "b" }))
    assert.same({ "b", "a" }, names)
    assert.equal(1, late)
  end)

  it("takes a chain of 20,000 tables", function()
    local edges, names = {}, {}
    for i = 1, 20000 do
      names[i] = ("t%05d"):format(i)
      if i > 1 then edges[i - 1] = { names[i - 1], names[i] } end
    end
    local result, late = sorted(tables(edges, names))
    assert.equal("t20000", result[1])
    assert.equal("t00001", result[20000])
    assert.equal(0, late)
  end)

  it("puts views behind those that they mention, also in a circle", function()
    local views = { { name = "a", query = "SELECT * FROM c" }, { name = "b", query = "SELECT * FROM a" },
      { name = "c", query = "SELECT 1" }, { name = "d", query = "SELECT * FROM d, e" }, { name = "e", query = "SELECT * FROM d" } }
    local names = {}
    for i, v in ipairs(order.by_mention(views)) do names[i] = v.name end
    assert.same({ "c", "a", "b", "e", "d" }, names)
  end)

  it("goes by phase, then table, then what stands in the way", function()
    local function change(phase, name, t, rank) return { phase = phase, record = name, table = t or "", rank = rank or 0 } end
    assert.same({ "view", "make", "a1", "a2", "b1", "key" }, order.records {
      change("add_key", "key"), change("alter", "b1", "b", 1), change("alter", "a2", "a", 2), change("alter", "a1", "a", 1),
      change("create_table", "make"), change("drop_view", "view"),
    })
  end)
end)
