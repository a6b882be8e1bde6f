--- Who may do what on PostgreSQL: row security and its policies, grants, and functions and triggers that
--- are replaced by a new version and put back. docs/plugins/pg_policies.md shows each.

local rights = require "pg_policies.rights"
local objects = require "pg_policies.objects"

local M = {
  name = "pg_policies", version = "1.0.0", api = 1, requires = { curlew = ">= 0.1" },
  description = "Row security, grants, and functions and triggers that are replaced and put back (PostgreSQL).",
  operations = {},
}
local operations = M.operations

-- Row security ------------------------------------------------------------------------------------

local SECURITY = "SELECT relrowsecurity, relforcerowsecurity FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(?)"

local function security_sql(o, d, on)
  local list = { ("ALTER TABLE %s %s ROW LEVEL SECURITY"):format(d:qualified(o.schema, o.table), on and "ENABLE" or "DISABLE") }
  if o.force or not on then
    list[2] = ("ALTER TABLE %s %s ROW LEVEL SECURITY"):format(d:qualified(o.schema, o.table),
      on and "FORCE" or "NO FORCE")
  end
  return list
end

local function security_probe(on)
  return function(o, conn, d)
    local row = conn:first(SECURITY, { d:qualified(o.schema, o.table) })
    return row ~= nil and row[1] == on and (row[2] == on or not o.force)
  end
end

--- op.enable_row_security("orders", { force = true })
operations.enable_row_security = {
  args = { { "table", "name", doc = "The table" } },
  options = { { "force", "boolean", doc = "For its owner too" } },
  compile = { postgresql = function(o, d) return security_sql(o, d, true) end },
  reverse = function(o) return { op = "disable_row_security", table = o.table, schema = o.schema, force = o.force } end,
  probe = security_probe(true),
}

--- op.disable_row_security("orders"); `force` says whether it was forced, for the way back.
operations.disable_row_security = {
  args = { { "table", "name", doc = "The table" } },
  options = { { "force", "boolean", doc = "Whether it was forced: what the reversal sets" } },
  compile = { postgresql = function(o, d) return security_sql(o, d, false) end },
  reverse = function(o) return { op = "enable_row_security", table = o.table, schema = o.schema, force = o.force } end,
  probe = security_probe(false),
}

-- Policies ----------------------------------------------------------------------------------------

local COMMANDS = { all = true, select = true, insert = true, update = true, delete = true }

local DEFINITION = {
  { "command", "text", doc = "\"all\" (unless given), \"select\", \"insert\", \"update\" or \"delete\"" },
  { "to", "names", doc = "Roles; public, current_user and session_user too" },
  { "using", "expression", doc = "Which rows are seen" },
  { "check", "expression", doc = "Which rows may be written" },
  { "restrictive", "boolean", doc = "Has to hold beside the others, instead of one of them" },
}

local function check_policy(o)
  if o.command and not COMMANDS[o.command] then return ("there is no command %q"):format(o.command) end
  if o.command == "insert" and o.using then return "a policy for insert has check, not using" end
  if (o.command == "select" or o.command == "delete") and o.check then
    return ("a policy for %s has using, not check"):format(o.command)
  end
end

local function clauses(o, d)
  local list = {}
  if o.to then list[#list + 1] = "TO " .. rights.roles(o.to, d) end
  if o.using then list[#list + 1] = ("USING (%s)"):format(o.using) end
  if o.check then list[#list + 1] = ("WITH CHECK (%s)"):format(o.check) end
  return #list > 0 and " " .. table.concat(list, " ") or ""
end

local function on(o, d) return ("%s ON %s"):format(d:quote(o.name), d:qualified(o.schema, o.table)) end

local POLICY = "SELECT 1 FROM pg_catalog.pg_policy WHERE polname = ? AND polrelid = pg_catalog.to_regclass(?)"

local function has_policy(o, conn, d, name)
  return conn:scalar(POLICY, { name, d:qualified(o.schema, o.table) }) ~= nil
end

local NAMED = { { "name", "name", doc = "Name of the policy" }, { "table", "name", doc = "Its table" } }

--- Copies a policy's definition.
local function copy(o, into)
  for _, option in ipairs(DEFINITION) do into[option[1]] = o[option[1]] end
  into.name, into.table, into.schema = o.name, o.table, o.schema
  return into
end

--- op.create_policy("own_orders", "orders", { to = { "app" }, using = "owner = current_user" })
operations.create_policy = {
  args = NAMED, options = DEFINITION, check = check_policy,
  compile = {
    postgresql = function(o, d)
      return ("CREATE POLICY %s%s FOR %s%s"):format(on(o, d), o.restrictive and " AS RESTRICTIVE" or "",
        (o.command or "all"):upper(), clauses(o, d))
    end,
  },
  reverse = function(o) return copy(o, { op = "drop_policy" }) end,
  probe = function(o, conn, d) return has_policy(o, conn, d, o.name) end,
}

--- op.drop_policy("own_orders", "orders"); with the definition it can be reversed.
operations.drop_policy = {
  args = NAMED, options = { { "if_exists", "boolean", doc = "Do nothing when there is none" }, table.unpack(DEFINITION) },
  check = check_policy,
  compile = {
    postgresql = function(o, d) return ("DROP POLICY %s%s"):format(o.if_exists and "IF EXISTS " or "", on(o, d)) end,
  },
  reverse = function(o)
    if not o.using and not o.check then return nil end
    return copy(o, { op = "create_policy" })
  end,
  probe = function(o, conn, d) return not has_policy(o, conn, d, o.name) end,
}

--- op.alter_policy("own_orders", "orders", { using = "...", former = { using = "..." } }): what is given changes.
operations.alter_policy = {
  args = NAMED,
  options = {
    { "rename", "name", doc = "Another name" },
    { "to", "names", doc = "Roles" },
    { "using", "expression", doc = "Which rows are seen" },
    { "check", "expression", doc = "Which rows may be written" },
    { "former", "table", doc = "What it was: to, using, check; with it the change can be reversed" },
  },
  check = function(o)
    if not (o.rename or o.to or o.using or o.check) then return "nothing is to be changed" end
    for key in pairs(o.former or {}) do
      if key ~= "to" and key ~= "using" and key ~= "check" then return ("former has an unknown field %s"):format(key) end
    end
    for _, key in ipairs { "to", "using", "check" } do
      local was = o.former and o.former[key]
      if was ~= nil and o[key] == nil then return ("former.%s is of no use: %s does not change"):format(key, key) end
      if type(was) == "table" and was.sql then o.former[key] = was.sql end
      if key == "to" and type(was) == "string" then o.former.to = { was } end
    end
  end,
  compile = {
    postgresql = function(o, d)
      local list, changes = {}, clauses(o, d)
      if changes ~= "" then list[1] = ("ALTER POLICY %s%s"):format(on(o, d), changes) end
      if o.rename then list[#list + 1] = ("ALTER POLICY %s RENAME TO %s"):format(on(o, d), d:quote(o.rename)) end
      return list
    end,
  },
  reverse = function(o)
    local former = o.former or {}
    for _, key in ipairs { "to", "using", "check" } do
      if o[key] ~= nil and former[key] == nil then return nil end
    end
    local back = { op = "alter_policy", name = o.rename or o.name, table = o.table, schema = o.schema,
      rename = o.rename and o.name or nil, to = former.to, using = former.using, check = former.check }
    back.former = o.former and { to = o.to, using = o.using, check = o.check } or nil
    return back
  end,
}

-- Grants, functions, triggers ---------------------------------------------------------------------

for _, topic in ipairs { rights, objects } do
  for name, operation in pairs(topic.operations) do operations[name] = operation end
end

return M
