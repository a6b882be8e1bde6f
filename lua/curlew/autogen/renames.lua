--- renamed_from: tables and columns that the database has under a former name. The reflection is changed as the
--- renames will change the database, so that everything after them compares what is left. A mark whose work is
--- done already may stay in the models.

local expression = require "curlew.autogen.expression"
local normal = require "curlew.autogen.normal"

--- Calls fn with each list of column names that a table's constraints and indexes have.
local function each_names(t, fn)
  for _, list in ipairs { t.constraints, t.indexes } do
    for _, c in ipairs(list) do
      if c.columns then fn(c.columns) end
      if c.include then fn(c.include) end
    end
  end
end

local function replace(list, old, new)
  for i, name in ipairs(list) do
    if name == old then list[i] = new end
  end
end

--- Expressions follow a renamed column, as the server has them do.
local function rename_in_texts(x, t, old, new)
  local written = x.dialect:quote(new)
  local function follow(item, field)
    if item and type(item[field]) == "string" then item[field] = expression.rename(item[field], old, written) end
  end
  for _, c in ipairs(t.constraints) do follow(c, "expression") end
  for _, index in ipairs(t.indexes) do
    follow(index, "where")
    for _, item in ipairs(index.columns) do
      if type(item) == "table" then follow(item, "sql") end
    end
  end
  for _, c in ipairs(t.columns) do follow(c.computed, "sql") end
end

local function rename_column(x, t, c, new)
  local old = c.name
  local function record(from, to)
    return { op = "alter_column", table = t.name, schema = t.schema, column = from, new_column_name = to,
      only_rename = true, existing_type = normal.copy(c.type), existing_nullable = c.nullable }
  end
  x:add("rename", record(old, new), { record(new, old) })
  c.name = new
  each_names(t, function(list) replace(list, old, new) end)
  for _, other in ipairs(x.real.tables) do
    for _, key in ipairs(other.constraints) do
      if key.kind == "foreign_key" and key.referent == t.name and key.referent_schema == t.schema then
        replace(key.referent_columns, old, new)
      end
    end
  end
  rename_in_texts(x, t, old, new)
end

local function rename_table(x, t, new)
  local old = t.name
  local function record(from, to)
    return { op = "rename_table", table = from, new = to, schema = t.schema }
  end
  x:add("rename", record(old, new), { record(new, old) })
  for _, other in ipairs(x.real.tables) do
    for _, key in ipairs(other.constraints) do
      if key.kind == "foreign_key" and key.referent == old and key.referent_schema == t.schema then key.referent = new end
    end
  end
  t.name = new
end

local function find(x, list, name)
  for _, item in ipairs(list) do
    if x:fold(item.name) == x:fold(name) then return item end
  end
end

---@param x curlew.Comparison
return function(x)
  local real = normal.by(x.real.tables)
  for _, declared in ipairs(x.declared.tables) do
    local former = declared.renamed_from
    local t = real[normal.key(declared)]
    if not t and former then
      t = real[normal.key { schema = declared.schema, name = former }]
      if t and x.declared_by_key[normal.key(t)] then t = nil end -- that one is still declared: a table of its own
      if t then rename_table(x, t, declared.name) end
    end
    if t then
      local names = {}
      for new in pairs(declared.columns_renamed) do names[#names + 1] = new end
      table.sort(names)
      for _, new in ipairs(names) do
        local old = find(x, t.columns, declared.columns_renamed[new])
        local kept = old and find(x, declared.record.columns, old.name)
        if old and not kept and not find(x, t.columns, new) then rename_column(x, t, old, new) end
      end
    end
  end
end
