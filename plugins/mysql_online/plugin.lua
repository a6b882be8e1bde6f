--- Changes of large tables on MySQL and MariaDB that never become a copy of the table unnoticed: each says how
--- it is to be done (ALGORITHM, LOCK), so the server refuses where it can't. On other databases they are the
--- built-in operations. docs/plugins/mysql_online.md tells what is possible where.
---
---     op.online_add_column("orders", { "note", types.varchar(200) })                -- instant
---     op.online_create_index("orders_by_note", "orders", { "note" })                -- in place, nobody waits
---     op.online_alter_column("orders", "note", { type = types.varchar(250), algorithm = "inplace" })

local M = {
  name = "mysql_online", version = "1.0.0", api = 1, requires = { curlew = ">= 0.1" },
  description = "Changes of tables with ALGORITHM and LOCK: refused instead of copied (MySQL, MariaDB).",
  operations = {},
}

local OPTIONS = {
  { "algorithm", "text", default = "auto", doc = "\"auto\", \"instant\", \"inplace\", or (MariaDB) \"nocopy\"" },
  { "lock", "text", default = "none", doc = "What others may do meanwhile: \"none\" lets them read and write, \"shared\" read" },
}

local ALGORITHMS = { auto = true, instant = true, inplace = true, nocopy = true }

local function check(o)
  if o.algorithm == "copy" or o.lock == "exclusive" then
    return ("%s is what op.%s keeps away; call op.%s for it"):format(
      o.algorithm == "copy" and "a copy" or "an exclusive lock", o.op, (o.op:gsub("^online_", "")))
  end
  if not ALGORITHMS[o.algorithm] then return ("there is no algorithm %q"):format(o.algorithm) end
  if o.lock ~= "none" and o.lock ~= "shared" then return ("lock must be \"none\" or \"shared\", not %q"):format(o.lock) end
  if o.concurrently then return "concurrently is what online means: leave it out" end
end

--- What the server does at once. The rest it does in place where it can at all.
local INSTANT = {
  online_add_column = function(o)
    local c = o.column
    return #o.constraints == 0 and #o.indexes == 0 and not c.autoincrement and not (c.computed and c.computed.persisted)
  end,
  online_drop_column = function() return true end,
  online_alter_column = function(o)
    return o.type == nil and o.nullable == nil and o.comment == nil and o.computed == nil and o.identity == nil
      and o.autoincrement == nil and o.collation == nil
  end,
}

local function algorithm_of(o, d)
  if o.algorithm ~= "auto" then
    if o.algorithm == "nocopy" and d.server ~= "mariadb" then
      d:refuse("algorithm = \"nocopy\"", "it is MariaDB's; use \"instant\" or \"inplace\"")
    end
    return o.algorithm:upper()
  end
  local instant = INSTANT[o.op]
  return instant and instant(o) and "INSTANT" or "INPLACE"
end

--- The built-in's statements, each told how. What is no plain ALTER TABLE can't be told.
local function online(o, d, env)
  local algorithm, list = algorithm_of(o, d), {}
  local words = ", ALGORITHM=" .. algorithm
  -- What is instant holds no lock to speak of, and MySQL takes no other word for it.
  if algorithm ~= "INSTANT" then words = words .. ", LOCK=" .. o.lock:upper() end
  for i, statement in ipairs(env.super()) do
    if not statement.clauses then
      d:refuse(("op.%s with these options"):format(o.op),
        "name the constraint or index, and leave if_exists and if_not_exists out under --sql")
    end
    list[i] = { sql = ("ALTER TABLE %s %s%s"):format(statement.alters, table.concat(statement.clauses, ", "), words), ddl = true }
  end
  return list
end

--- What undoes it is online too.
local function reverse(o, reversal)
  for _, record in ipairs(reversal or {}) do
    if M.operations["online_" .. record.op] then
      record.op, record.algorithm, record.lock = "online_" .. record.op, "auto", o.lock
    end
  end
  return reversal
end

for _, name in ipairs {
  "add_column", "drop_column", "alter_column", "create_index", "drop_index", "rename_index",
  "create_unique_constraint", "create_foreign_key", "drop_constraint",
} do
  M.operations["online_" .. name] = {
    like = name, options = OPTIONS, check = check, reverse = reverse,
    compile = { mysql = online, default = function(_, _, env) return env.super() end },
  }
end

return M
