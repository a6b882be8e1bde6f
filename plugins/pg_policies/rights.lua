--- Grants: op.grant and op.revoke, each the other's reversal.

local M = { operations = {} }

--- What a grant can be on, and how its objects are written.
local KINDS = {
  table = "TABLE", sequence = "SEQUENCE", ["function"] = "FUNCTION", schema = "SCHEMA", database = "DATABASE", type = "TYPE",
  all_tables = "ALL TABLES IN SCHEMA", all_sequences = "ALL SEQUENCES IN SCHEMA", all_functions = "ALL FUNCTIONS IN SCHEMA",
}

local WORDS = {}
for word in ("SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER USAGE EXECUTE CREATE CONNECT TEMPORARY "
  .. "ALL"):gmatch("%u+") do
  WORDS[word] = true
end

local KEYWORDS = { public = true, current_user = true, session_user = true, current_role = true }

--- Roles by name; the words that stand for one are no names.
function M.roles(names, d)
  local list = {}
  for i, name in ipairs(names) do list[i] = KEYWORDS[name:lower()] and name:upper() or d:quote(name) end
  return table.concat(list, ", ")
end

--- "select", or "update(a, b)" on columns: the word and its columns.
local function privilege(text)
  local word, columns = text:match("^%s*(%a+)%s*(%b())%s*$")
  word = word or text:match("^%s*(%a+)%s*$")
  if not word or not WORDS[word:upper()] then return nil end
  local list = columns and {}
  for column in (columns or ""):sub(2, -2):gmatch("[^,]+") do list[#list + 1] = column:match("^%s*(.-)%s*$") end
  return word:upper(), list
end

local function check(o)
  if not KINDS[o.kind] then return ("there is no kind of object %q"):format(o.kind) end
  for _, text in ipairs(o.privileges) do
    if not privilege(text) then return ("%q is no privilege: write \"select\" or \"update(column)\""):format(text) end
  end
end

--- The object's name; that of a function is a signature, as it stands.
local function object(o, name, d)
  if o.kind == "function" then return (o.schema and d:quote(o.schema) .. "." or "") .. name end
  if o.kind == "schema" or o.kind == "database" or o.kind:find("^all_") then return d:quote(name) end
  return d:qualified(o.schema, name)
end

local function what(o, d)
  local words, objects = {}, {}
  for i, text in ipairs(o.privileges) do
    local word, columns = privilege(text)
    words[i] = columns and ("%s (%s)"):format(word, d:names(columns)) or word
  end
  for i, name in ipairs(o.on) do objects[i] = object(o, name, d) end
  return ("%s ON %s %s"):format(table.concat(words, ", "), KINDS[o.kind], table.concat(objects, ", "))
end

local ARGS = {
  { "privileges", "names", doc = "\"select\", \"update(email)\", ..., or \"all\"" },
  { "on", "names", doc = "The objects; functions by signature: \"add(integer, integer)\"" },
}
local OPTIONS = {
  { "to", "names", required = true, doc = "Roles; public, current_user and session_user too" },
  { "kind", "text", default = "table", doc = "\"table\", \"sequence\", \"function\", \"schema\", \"database\", \"type\", "
    .. "\"all_tables\", \"all_sequences\", \"all_functions\" (of the schemas given)" },
  { "grant_option", "boolean", doc = "They may grant it on" },
}

local function other(o, name)
  return { op = name, privileges = o.privileges, on = o.on, to = o.to, kind = o.kind, grant_option = o.grant_option,
    schema = o.schema }
end

--- op.grant({ "select", "update(email)" }, "users", { to = "app" }). Granting twice is granting once.
M.operations.grant = {
  args = ARGS, options = OPTIONS, check = check,
  compile = {
    postgresql = function(o, d)
      return ("GRANT %s TO %s%s"):format(what(o, d), M.roles(o.to, d), o.grant_option and " WITH GRANT OPTION" or "")
    end,
  },
  reverse = function(o) return other(o, "revoke") end,
}

--- op.revoke("all", "users", { to = "app" }): `to` names whom it was granted to.
M.operations.revoke = {
  args = ARGS, options = OPTIONS, check = check,
  compile = { postgresql = function(o, d) return ("REVOKE %s FROM %s"):format(what(o, d), M.roles(o.to, d)) end },
  reverse = function(o) return other(o, "grant") end,
}

return M
