--- if_exists and if_not_exists where the SQL lacks them: the catalog tells, at the time of the statement.
--- Offline the script itself has to look, which each server that can does in its own way; else what is
--- known of the operations before decides.

local M = { methods = {} }
local methods = M.methods

--- How the inspector is asked, by kind of object.
local ASK = {
  column = function(i, o, name, where) return i:has_column(o.table, name, where) end,
  index = function(i, o, name, where) return i:has_index(o.table, name, where) end,
  constraint = function(i, o, name, where) return i:has_constraint(o.table, name, where) end,
  table = function(i, _o, name, where) return i:has_table(name, where) end,
  view = function(i, _o, name, where) return i:has_view(name, where) end,
  ["function"] = function(i, _o, name, where) return i:has_function(name, where) end,
  trigger = function(i, o, name, where) return i:has_trigger(o.table, name, where) end,
}

--- The statements, unless the record's if_exists or if_not_exists says that there is nothing to do.
---@param d curlew.Dialect
---@param o table the record
---@param env table
---@param kind string "column", "index", "constraint", "table", "view", "function" or "trigger"
---@param name string
---@param statements table[]
---@return table[]
function methods.guarded(d, o, env, kind, name, statements)
  local option = o.if_exists and "if_exists" or o.if_not_exists and "if_not_exists"
  if not option then return statements end
  local condition = not env.conn and d.exists_condition and d:exists_condition(o, kind, name)
  if condition then return d:conditional((option == "if_exists" and "" or "NOT ") .. condition, statements) end
  local there = ASK[kind](d:catalog(env, o.op, option), o, name, { schema = o.schema })
  return there == (option == "if_exists") and statements or {}
end

return M
