--- Random schemas as the text of a models file, and random changes of them, for the properties of
--- autogenerate. The same seed gives the same schema.
---
---     local schema = random_schema.new(seed, "postgresql")    -- sqlite, postgresql, mariadb, mysql
---     p:write("models.lua", schema:text())
---     schema:change(5)                                        -- five random changes
local M = {}

local Schema = {}
Schema.__index = Schema

local NAMES = { "users", "articles", "Mixed Case", "order", "tags", "line_items", "täglich", "group", "x1", "a_b_c" }
local COLUMNS = { "title", "body", "count", "price", "Created At", "select", "flag", "größe", "slug", "kind", "note",
                  "amount", "rate", "day", "payload", "key" }

--- By type: its source and a few defaults; `text`, `number`: what can be done with it.
local TYPES = {
  { "integer", { "0", "42", "-7" }, number = true }, { "bigint", { "0", "9000000000" }, number = true },
  { "smallint", { "1" }, number = true }, { "numeric(10, 2)", { "\"1.50\"", "0" }, number = true },
  { "varchar(50)", { "\"new\"", "\"it's\"", "\"\"" }, text = true }, { "varchar(120)", { "\"a\\\\b\"" }, text = true },
  { "char(3)", { "\"EUR\"" }, text = true }, { "text", {}, long = true }, { "boolean", { "true", "false" } },
  { "date", { "\"2024-02-29\"" } }, { "timestamp", { "op.sql \"CURRENT_TIMESTAMP\"" }, now = true },
  { "float", { "1.5", "0" }, number = true }, { "double", { "0.25" }, number = true }, { "blob", {}, long = true },
  { "uuid", {} }, { "json", {}, long = true }, { "time", { "\"10:30:00\"" } },
}

local ONLY = {
  postgresql = { { "timestamp { timezone = true }", { "op.sql \"now()\"" } }, { "array(types.integer)", {}, long = true },
                 { "raw \"inet\"", {} }, { "raw \"int4range\"", {}, long = true } },
  mysql = { { "raw \"tinyint unsigned\"", { "3" } }, { "raw \"mediumtext\"", {}, long = true } },
}
ONLY.mariadb = ONLY.mysql

local function pick(list) return list[math.random(#list)] end
local function chance(percent) return math.random(100) <= percent end

--- A name of the list that `taken` has not, which folds case.
local function fresh(list, taken)
  for _ = 1, 50 do
    local name = pick(list)
    if not taken[name:lower()] then
      taken[name:lower()] = true
      return name
    end
  end
  for i = 1, 1000 do
    local name = "extra" .. i
    if not taken[name] then
      taken[name] = true
      return name
    end
  end
end

-- Pieces ------------------------------------------------------------------------------------------

function Schema:type()
  local own = ONLY[self.db]
  if self.db == "postgresql" and #self.enums > 0 and chance(10) then
    local enum = pick(self.enums)
    return { ("enum(%q)"):format(enum.name), { ("%q"):format(enum.values[1]) }, enum = true }
  end
  if own and chance(15) then return pick(own) end
  return pick(TYPES)
end

function Schema:column(t, name)
  local kind = self:type()
  local c = { name = name, kind = kind, fields = {} }
  if chance(35) then c.fields.nullable = "false" end
  if #kind[2] > 0 and chance(40) then c.fields.server_default = pick(kind[2]) end
  if self.db ~= "sqlite" and chance(15) then c.fields.comment = pick { "\"what's in it\"", "\"größe\"", "\"x\"" } end
  if kind.text and chance(10) then c.fields.unique = "true" end
  if (kind.text or kind.number) and not c.fields.unique and chance(15) then c.fields.index = "true" end
  if kind.number and chance(10) then
    c.fields.check = ("%q"):format(('%s >= 0 OR %s < -100'):format(self:quoted(name), self:quoted(name)))
  end
  if t.first_number and kind.number and kind[1]:find "int" and chance(8) then
    c.fields = { computed = ("{ %q, persisted = true }"):format(self:quoted(t.first_number) .. " + 1") }
    c.computed = true
  end
  if kind.number and not c.computed and not t.first_number then t.first_number = name end
  return c
end

--- A name as it stands in an expression.
function Schema:quoted(name)
  local mark = (self.db == "mysql" or self.db == "mariadb") and "`" or '"'
  return mark .. name .. mark
end

--- Entries of a table that are not columns: by name, so that changes find them again.
function Schema:entry(t)
  local plain = {}
  for _, c in ipairs(t.columns) do
    if not c.kind.long and not c.computed and c.name ~= "id" then plain[#plain + 1] = c end
  end
  if #plain == 0 then return nil end
  local a, b = pick(plain), pick(plain)
  t.serial = t.serial + 1
  local short = ("%s_%d"):format(t.key, t.serial)
  local both = a == b and ("{ %q }"):format(a.name) or ("{ %q, %q }"):format(a.name, b.name)
  local uses = { [a.name] = true, [b.name] = true }
  local roll = math.random(6)
  if roll == 1 then
    return { text = ("schema.unique(%s, { name = \"uq_%s\" })"):format(both, short), uses = uses }
  elseif roll == 2 then
    return { text = ("schema.check(%q, { name = \"ck_%s\" })"):format(
      ("%s IS NOT NULL OR %s IS NULL"):format(self:quoted(a.name), self:quoted(a.name)), short), uses = { [a.name] = true } }
  end
  local options = { ("name = \"ix_%s\""):format(short) }
  if roll == 3 then options[#options + 1] = "unique = true" end
  if roll == 4 and (self.db == "sqlite" or self.db == "postgresql") then
    options[#options + 1] = ("where = schema.sql %q"):format(self:quoted(b.name) .. " IS NOT NULL")
  end
  if roll == 5 and self.db == "postgresql" and a ~= b then
    options[#options + 1] = ("include = { %q }"):format(b.name)
    both = ("{ %q }"):format(a.name)
  elseif roll == 6 and a.kind.text and self.db ~= "mariadb" then
    local expression = ("lower(%s)"):format(self:quoted(a.name))
    if self.db == "mysql" then expression = "(" .. expression .. ")" end
    both, uses = ("{ schema.sql %q }"):format(expression), { [a.name] = true }
  end
  return { text = ("schema.index(%s, { %s })"):format(both, table.concat(options, ", ")), uses = uses }
end

function Schema:table()
  local name = fresh(NAMES, self.taken)
  local t = { name = name, key = name:gsub("[^%w]", ""):lower():sub(1, 12), columns = {}, entries = {}, options = {},
    taken = { id = true }, serial = 0, at = #self.tables + 1 }
  t.columns[1] = { name = "id", kind = { pick { "integer", "bigint" } }, fields = { primary_key = "true" } }
  for _ = 1, math.random(1, 7) do
    t.columns[#t.columns + 1] = self:column(t, fresh(COLUMNS, t.taken))
  end
  for _ = 1, math.random(0, 3) do t.entries[#t.entries + 1] = self:entry(t) end
  if self.db ~= "sqlite" and chance(25) then t.options.comment = "\"what it holds\"" end
  if self.db == "sqlite" and chance(15) then t.options.sqlite_autoincrement = "true" end
  self.tables[#self.tables + 1] = t
  return t
end

--- A foreign key from t to any table, itself too.
function Schema:reference(t)
  local other = pick(self.tables)
  local c = { name = fresh({ other.key .. "_id", "parent_id", "owner_id" }, t.taken), kind = { other.columns[1].kind[1] },
    fields = { references = ("{ %q, \"id\" }"):format(other.name) }, refers = other }
  if chance(40) then c.fields.ondelete = pick { "\"CASCADE\"", "\"SET NULL\"" } end
  t.columns[#t.columns + 1] = c
end

function Schema:enum()
  local name = fresh({ "mood", "Kind Of", "state" }, self.taken)
  self.enums[#self.enums + 1] = { name = name, values = { "one", "it's two", "three" } }
end

function Schema:view()
  local t = pick(self.tables)
  local name = fresh({ "recent", "Overview", "v1" }, self.taken)
  self.views[#self.views + 1] = { name = name, on = t, query = ("SELECT id FROM %s WHERE id > 10"):format(self:quoted(t.name)) }
end

--- A random schema for a server.
function M.new(seed, db)
  math.randomseed(seed)
  local self = setmetatable({ db = db, tables = {}, enums = {}, views = {}, sequences = {}, taken = {} }, Schema)
  if db == "postgresql" and chance(60) then self:enum() end
  for _ = 1, math.random(1, 5) do self:table() end
  for _ = 1, math.random(0, 4) do self:reference(pick(self.tables)) end
  if chance(30) then self:view() end
  if (db == "postgresql" or db == "mariadb") and chance(30) then
    self.sequences[1] = { name = fresh({ "counter", "Next One" }, self.taken), start = math.random(1, 100) }
  end
  return self
end

-- Changes -----------------------------------------------------------------------------------------

local CHANGES = {}

function CHANGES.add_table(self) self:table() end

function CHANGES.drop_table(self)
  if #self.tables < 2 then return end
  local t = table.remove(self.tables, math.random(#self.tables))
  for _, other in ipairs(self.tables) do
    for i = #other.columns, 1, -1 do
      if other.columns[i].refers == t then table.remove(other.columns, i) end
    end
  end
  for i = #self.views, 1, -1 do
    if self.views[i].on == t then table.remove(self.views, i) end
  end
end

function CHANGES.add_column(self)
  local t = pick(self.tables)
  local c = self:column(t, fresh(COLUMNS, t.taken))
  t.columns[#t.columns + 1] = c
end

function CHANGES.drop_column(self)
  local t = pick(self.tables)
  local at = math.random(#t.columns)
  local c = t.columns[at]
  if at == 1 or #t.columns < 3 or c.name == t.first_number then return end
  for _, entry in ipairs(t.entries) do
    if entry.uses[c.name] then return end
  end
  table.remove(t.columns, at)
end

function CHANGES.nullable(self)
  local c = pick(pick(self.tables).columns)
  if c.fields.primary_key or c.computed or c.fields.ondelete == "\"SET NULL\"" then return end
  c.fields.nullable = not c.fields.nullable and "false" or nil
end

function CHANGES.default(self)
  local c = pick(pick(self.tables).columns)
  if c.computed or not c.kind[2] or #c.kind[2] == 0 then return end
  c.fields.server_default = not c.fields.server_default and pick(c.kind[2]) or nil
end

function CHANGES.type(self)
  local c = pick(pick(self.tables).columns)
  local wider = { ["varchar(50)"] = "varchar(80)", ["numeric(10, 2)"] = "numeric(12, 3)", smallint = "integer" }
  local other = wider[c.kind[1]]
  if c.computed or not other then return end
  c.kind = { other, c.kind[2], text = c.kind.text, number = c.kind.number }
end

function CHANGES.comment(self)
  if self.db == "sqlite" then return end
  local t = pick(self.tables)
  if chance(50) then
    t.options.comment = pick { "\"now this\"", false } or nil
  else
    local c = pick(t.columns)
    c.fields.comment = pick { "\"now this\"", false } or nil
  end
end

function CHANGES.add_entry(self)
  local t = pick(self.tables)
  t.entries[#t.entries + 1] = self:entry(t)
end

function CHANGES.drop_entry(self)
  local t = pick(self.tables)
  if #t.entries > 0 then table.remove(t.entries, math.random(#t.entries)) end
end

function CHANGES.reference(self) self:reference(pick(self.tables)) end
function CHANGES.view(self)
  if #self.views > 0 then table.remove(self.views) else self:view() end
end

function CHANGES.enum_value(self)
  if #self.enums == 0 then return end
  local values = self.enums[1].values
  values[#values + 1] = "more " .. #values
end

--- Makes `count` random changes.
function Schema:change(count)
  local names = {}
  for name in pairs(CHANGES) do names[#names + 1] = name end
  table.sort(names)
  for _ = 1, count do CHANGES[pick(names)](self) end
end

-- Text --------------------------------------------------------------------------------------------

local function fields(map)
  local names, parts = {}, {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = (", %s = %s"):format(name, (map[name]:gsub("^op%.", "schema."))) end
  return table.concat(parts)
end

--- The models file.
function Schema:text()
  local lines = { 'local schema = require "curlew.schema"', "local types = schema.types", "",
                  "local M = schema.metadata { naming_convention = schema.conventions.standard }" }
  local function add(text, ...) lines[#lines + 1] = text:format(...) end
  for _, e in ipairs(self.enums) do
    local values = {}
    for i, value in ipairs(e.values) do values[i] = ("%q"):format(value) end
    add("M:enum(%q, { %s })", e.name, table.concat(values, ", "))
  end
  for _, s in ipairs(self.sequences) do add("M:sequence(%q, { start = %d })", s.name, s.start) end
  for _, t in ipairs(self.tables) do
    add("M:table(%q, {", t.name)
    for _, c in ipairs(t.columns) do add("  { %q, types.%s%s },", c.name, c.kind[1], fields(c.fields)) end
    for _, entry in ipairs(t.entries) do add("  %s,", entry.text) end
    for _, line in ipairs { fields(t.options):gsub("^, ", "") } do
      if type(line) == "string" and line ~= "" then add("  %s,", line) end
    end
    add("})")
  end
  for _, v in ipairs(self.views) do add("M:view(%q, %q)", v.name, v.query) end
  add("return M\n")
  return table.concat(lines, "\n")
end

return M
