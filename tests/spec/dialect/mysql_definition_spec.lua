--- A column's definition taken apart and put together again.

require "support.lua_host"
local definition = require "curlew.dialect.mysql.definition"

local CREATE = [[
CREATE TABLE `t` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `na``me` varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s, (x)' COMMENT 'a \'b\', DEFAULT 3',
  `at` timestamp(6) NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  `up` varchar(30) GENERATED ALWAYS AS (ucase(concat(`na``me`,')'))) STORED,
  `js` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`js`)),
  `hid` int DEFAULT (uuid_short()) /*!80023 INVISIBLE */,
  `e` enum('a','b)','NOT NULL') DEFAULT 'b)',
  PRIMARY KEY (`id`),
  KEY `name` (`name`)
) ENGINE=InnoDB]]

local function pieces(name) return definition.read(definition.find(CREATE, name)) end

describe("a MySQL column's definition", function()
  it("is found by its name, and keys are not columns", function()
    assert.equal("bigint(20) unsigned NOT NULL AUTO_INCREMENT", definition.find(CREATE, "id"))
    assert(definition.find(CREATE, "na`me"))
    assert.is_nil(definition.find(CREATE, "name"))
  end)

  it("has a primary key beside it, whatever its columns are called", function()
    assert.same({ "id" }, definition.primary_key(CREATE))
    local key = "CREATE TABLE `t` (\n  `a` int,\n  PRIMARY KEY (`a``,\" b`,`b`(10) DESC,`c`)%s\n)"
    assert.same({ "a`,\" b", "b", "c" }, definition.primary_key(key))
    assert.is_nil(definition.primary_key("CREATE TABLE `t` (\n  `PRIMARY KEY (``a``)` int\n)"))
  end)

  it("is put together to the letter when nothing changes", function()
    for _, name in ipairs { "id", "na`me", "at", "up", "js", "hid", "e" } do
      assert.equal(definition.find(CREATE, name), definition.write(pieces(name)))
    end
  end)

  it("knows its pieces", function()
    assert.equal("bigint(20) unsigned", definition.get(pieces "id", "type"))
    assert.equal("DEFAULT 'it''s, (x)'", definition.get(pieces "na`me", "default"))
    assert.equal("COMMENT 'a \\'b\\', DEFAULT 3'", definition.get(pieces "na`me", "comment"))
    assert.equal("ON UPDATE current_timestamp(6)", definition.get(pieces "at", "on_update"))
    assert.equal("DEFAULT (uuid_short())", definition.get(pieces "hid", "default"))
    assert.equal("enum('a','b)','NOT NULL')", definition.get(pieces "e", "type"))
    assert.is_nil(definition.get(pieces "e", "null"))
    assert.equal("CHECK (json_valid(`js`))", definition.get(pieces "js", "check"))
  end)

  it("changes one piece and keeps the others", function()
    local list = pieces "na`me"
    definition.set(list, "type", "VARCHAR(40)")
    definition.set(list, "null", "NULL")
    assert.equal("VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin NULL DEFAULT 'it''s, (x)' "
      .. "COMMENT 'a \\'b\\', DEFAULT 3'", definition.write(list))
    definition.set(list, "default", nil)
    definition.set(list, "comment", nil)
    assert.equal("VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin NULL", definition.write(list))
    list = pieces "hid"
    definition.set(list, "comment", "COMMENT 'x'")
    assert.equal("int DEFAULT (uuid_short()) COMMENT 'x' /*!80023 INVISIBLE */", definition.write(list))
  end)
end)
