--- Columns of the tables that both sides have: added, dropped, or changed in one alter_column.

local expression = require "curlew.autogen.expression"
local marks = require "curlew.op.marks"
local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"
local types = require "curlew.types"

local RANKS = order.RANKS

local function at(t, rank) return { table = normal.key(t), rank = RANKS[rank] } end

--- What the models say of a column, in the terms of a record. Constraints are left to their own comparator: in
--- add_column they would be named by the convention of the revision's project, not by that of the models.
local function source_of(t, c)
  for _, column in ipairs(t.declared and t.declared.record.columns or {}) do
    if column.name == c.name then return normal.column_record(column) end
  end
  return normal.column_record(c)
end

local function add_record(t, column)
  return { op = "add_column", table = t.name, schema = t.schema, column = column, constraints = {}, indexes = {} }
end

--- A dropped column again, where it was. PostgreSQL has no way to say where.
local function restore_record(x, t, real, i)
  local record = add_record(t, normal.column_record(real.columns[i]))
  if x.dialect.name ~= "postgresql" and i < #real.columns then
    record.first = i == 1 or nil
    record.after = i > 1 and real.columns[i - 1].name or nil
  end
  return record
end

local function drop_record(t, c)
  return { op = "drop_column", table = t.name, schema = t.schema, column = c.name,
    lost = { table = t.name, schema = t.schema, column = c.name } }
end

-- Differences -------------------------------------------------------------------------------------

--- Whether two expressions differ, as written by the server (or by hand, where the server keeps that).
local function differs(a, b)
  if a == nil or b == nil then return a ~= b end
  return a ~= b and expression.normal(a) ~= expression.normal(b)
end

--- A hook of the project: false switches a comparison off, a function may decide (nil: curlew does).
local function decide(hook, found, ...)
  if hook == false then return false end
  if type(hook) ~= "function" then return found end
  local answer = hook(...)
  if answer == nil then return found end
  return answer and true or false
end

local function same_identity(a, b)
  local function plain(identity)
    local copy = normal.copy(identity or {})
    if copy.always == false then copy.always = nil end
    return copy
  end
  return normal.same(plain(a), plain(b))
end

local COMPARE = {}

function COMPARE.type(x, t, real, wanted)
  return decide(x.config.compare_type, real.text ~= wanted.text, { table = t.name, column = wanted.name,
    dialect = x.dialect.name }, real, wanted)
end

function COMPARE.nullable(_x, _t, real, wanted) return real.nullable ~= wanted.nullable end

function COMPARE.server_default(x, t, real, wanted)
  local hook = x.config.compare_server_default
  if hook == nil then hook = x.config.compare_default end
  local a, b = real.default and real.default.sql, wanted.default and wanted.default.sql
  return decide(hook, differs(a, b), { table = t.name, column = wanted.name, dialect = x.dialect.name }, real, wanted)
end

--- SQLite says it by the type of a key: a column whose key became another one is no difference of its own.
function COMPARE.autoincrement(x, _t, real, wanted)
  if x.dialect.name == "sqlite" and real.text == wanted.text then return false end
  return (real.autoincrement or false) ~= (wanted.autoincrement or false)
end

--- A serial column numbers its rows as well as an identity does, unless the models ask for an identity.
function COMPARE.identity(_x, t, real, wanted)
  if not real.identity and not wanted.identity then return false end
  if real.autoincrement ~= wanted.autoincrement then return true end
  if not source_of(t, wanted).identity and (real.serial or wanted.serial) then return false end
  return (real.identity == nil) ~= (wanted.identity == nil) or not same_identity(real.identity, wanted.identity)
end

function COMPARE.computed(_x, _t, real, wanted)
  local a, b = real.computed, wanted.computed
  if not a or not b then return a ~= b end
  return differs(a.sql, b.sql) or (a.persisted or false) ~= (b.persisted or false)
end

function COMPARE.collation(_x, _t, real, wanted)
  return (real.collation or "") ~= (wanted.collation or "")
end

function COMPARE.comment(x, _t, real, wanted)
  return x.config.compare_comment ~= false and (real.comment or "") ~= (wanted.comment or "")
end

local FIELDS = { "type", "nullable", "server_default", "autoincrement", "identity", "computed", "collation", "comment" }

-- Records -----------------------------------------------------------------------------------------

local NUMERIC = { smallint = true, integer = true, bigint = true, numeric = true, real = true, double = true, float = true }
local TEXT = { varchar = true, text = true, char = true }

--- How PostgreSQL is to make the new values where it does not by itself.
local function using(x, name, from, to)
  if x.dialect.name ~= "postgresql" or from.name == to.name and from.name ~= "enum" and from.name ~= "raw"
    and from.name ~= "array" then return nil end
  if TEXT[to.name] or NUMERIC[from.name] and NUMERIC[to.name] then return nil end
  if to.name == "enum" and to.native ~= false then return nil end -- the operation casts by itself
  local column, target = x.dialect:quote(name), x.dialect:type(to)
  if from.name == "boolean" and NUMERIC[to.name] or to.name == "boolean" and NUMERIC[from.name] then
    return ("%s::integer::%s"):format(column, target)
  end
  return ("%s::text::%s"):format(column, target)
end

local function value_of(default)
  if default == nil then return marks.null end
  if default.value ~= nil then return { value = default.value } end
  return { sql = default.sql }
end

--- The facts that MySQL needs offline and a reader likes to see.
local function existing(record, c, without)
  if record.type == nil or not without then record.existing_type = c.type end
  record.existing_type, record.existing_nullable = normal.copy(c.type), c.nullable
  record.existing_server_default = c.default and value_of(c.default) or nil
  record.existing_comment, record.existing_autoincrement = c.comment, c.autoincrement or nil
end

--- The alter_column that makes `to` of `from`.
local function alter_record(x, t, from, to, source, changed)
  local record = { op = "alter_column", table = t.name, schema = t.schema, column = to.name }
  existing(record, from)
  if changed.type or changed.collation then
    record.type = normal.copy(source.type)
    if record.type.name == "enum" and x.dialect:enum_needs_check(record.type) then record.type = normal.copy(to.type) end
    -- The very word decides on SQLite whether a key counts by itself.
    if x.dialect.name == "sqlite" and to.text == "INT" then record.type = types.make { name = "raw", sql = "INT" } end
    record.collation = source.collation or to.collation
      or changed.collation and x:default_collation(t) or nil
    if changed.type then record.using = using(x, to.name, from.type, to.type) end
  end
  if changed.nullable then record.nullable = to.nullable end
  if changed.server_default or changed.type and (from.default or to.default) and x.dialect.name == "postgresql" then
    record.server_default = value_of(source.default)
  end
  if changed.comment then record.comment = source.comment or marks.null end
  if changed.computed then record.computed = normal.copy(source.computed) or marks.null end
  if changed.autoincrement then
    if to.identity and next(to.identity) then
      record.identity = normal.copy(to.identity)
    else
      record.autoincrement = to.autoincrement or false
    end
  elseif changed.identity then
    record.identity = x:identity_change(from.identity, to.identity)
  end
  return record
end

local function alter(x, t, real, wanted)
  local changed = {}
  for _, field in ipairs(FIELDS) do
    if COMPARE[field](x, t, real, wanted) then changed[field] = true end
  end
  if next(changed) == nil or not x:includes("column", wanted, false, real) then return end
  local source = source_of(t, wanted)
  if changed.computed and x:must_recreate_column(real, wanted) then
    x:add("alter", drop_record(t, real), { add_record(t, normal.column_record(real)) }, at(t, "alter_column"))
    x:add("alter", add_record(t, source), nil, at(t, "alter_column"))
    return
  end
  local back = alter_record(x, t, wanted, real, normal.column_record(real), changed)
  if real.serial and changed.autoincrement then
    back.autoincrement = nil
    back.server_default = { sql = ("nextval('%s'::regclass)"):format(x.dialect:quote(real.serial)) }
  end
  x:add("alter", alter_record(x, t, real, wanted, source, changed), { back }, at(t, "alter_column"))
end

--- A column that goes while one of its type comes is likely the same under another name.
local function suggest(x, t, dropped, added)
  for _, new in ipairs(added) do
    local like
    for _, old in ipairs(dropped) do
      if old.text == new.text then like = like == nil and old or false end
    end
    if like then
      x:note("table %s: column %s goes and %s of the same type comes: if it is the same column, write "
        .. "renamed_from = %q there, and its values are kept", normal.title(t), like.name, new.name, like.name)
    end
  end
end

local function compare(x, real, t)
  local before, after, dropped, added = {}, {}, {}, {}
  for _, c in ipairs(real.columns) do before[x:fold(c.name)] = c end
  for _, c in ipairs(t.columns) do
    after[x:fold(c.name)] = c
    local old = before[x:fold(c.name)]
    if old then
      alter(x, t, old, c)
    elseif x:includes("column", c, false, nil) then
      added[#added + 1] = c
      x:add("alter", add_record(t, source_of(t, c)), nil, at(t, "add_column"))
    end
  end
  for i = #real.columns, 1, -1 do -- the last one first: on the way back each finds the one it stood behind
    local c = real.columns[i]
    if not after[x:fold(c.name)] and x:includes("column", c, true, nil) then
      table.insert(dropped, 1, c)
      x:add("alter", drop_record(t, c), { restore_record(x, t, real, i) }, at(t, "drop_column"))
    end
  end
  suggest(x, t, dropped, added)
end

---@param x curlew.Comparison
return function(x)
  for _, pair in ipairs(x.pairs) do compare(x, pair.real, pair.wanted) end
end
