--- Create a trigger.

local check = require "curlew.op.check"

local M = { name = "create_trigger", ddl = true }

local EVENTS = { insert = true, update = true, delete = true, truncate = true }

--- "before insert or update of a, b" -> { time = "BEFORE", events = { {"INSERT"}, {"UPDATE", columns} } }.
check.kind("trigger_when", "such as \"before insert or update\"", function(value)
  if type(value) ~= "string" then return nil end
  local text = value:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  local lower = text:lower()
  local time = lower:match("^before ") or lower:match("^after ") or lower:match("^instead of ")
  if not time then return nil end
  local events = {}
  for part in (text:sub(#time + 1) .. " or "):gmatch("(.-) [oO][rR] ") do
    local word, columns = part:match("^(%a+) [oO][fF] (.+)$")
    word = (word or part):lower()
    if not EVENTS[word] or (columns and word ~= "update") then return nil end
    events[#events + 1] = { word:upper(), columns }
  end
  return #events > 0 and { time = time:sub(1, -2):upper(), events = events } or nil
end)

check.kind("for_each", "\"row\" or \"statement\"", function(value)
  if type(value) ~= "string" then return nil end
  value = value:lower()
  return (value == "row" or value == "statement") and value or nil
end)

M.args = {
  { "name", "name", doc = "Name of the trigger" },
  { "table", "name", doc = "Its table" },
}
M.options = {
  { "when", "trigger_when", doc = "\"before insert or update\"" },
  { "for_each", "for_each", doc = "\"row\" (the default) or \"statement\" (PostgreSQL)" },
  { "condition", "expression", doc = "Rows it fires for (PostgreSQL, SQLite)" },
  { "execute", "expression", doc = "\"f()\": the function to call (PostgreSQL)" },
  { "body", "expression", doc = "\"BEGIN ... END\"" },
  { "replace", "boolean", doc = "Take the place of a trigger of that name" },
  { "if_not_exists", "boolean", doc = "Do nothing when there is one of that name" },
}

function M.normalise(record, context)
  if not record.when then context:fail("when is missing: it must be such as \"before insert or update\"") end
  if (record.execute == nil) == (record.body == nil) then context:fail("it needs either execute or body") end
  if record.replace and record.if_not_exists then context:fail("replace and if_not_exists exclude each other") end
  record.for_each = record.for_each or "row"
  return record
end

function M.summary(record) return ("create_trigger %s on %s"):format(record.name, record.table) end

function M.reverse(record)
  if record.replace then return nil end
  return { { op = "drop_trigger", name = record.name, table = record.table, schema = record.schema } }
end

function M.probe(record, inspector)
  if record.replace then return false end
  return inspector:has_trigger(record.table, record.name, { schema = record.schema })
end

M.example = [[
op.create_trigger("users_tidy", "users", {
  when = "after insert",
  body = op.by_dialect {
    postgresql = "BEGIN UPDATE teams SET size = size + 1 WHERE id = NEW.team_id; RETURN NEW; END",
    default = "BEGIN UPDATE teams SET size = size + 1 WHERE id = NEW.team_id; END",
  },
})
op.insert("users", { email = "new@example.org", name = "New", team_id = 1 })
]]

return M
