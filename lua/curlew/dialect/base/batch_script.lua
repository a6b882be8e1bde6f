--- Backfills of SQL as scripts that the database's own client can run: a loop where the server has one, with
--- a commit after each batch. Where it has none (SQLite) it is one statement.

local batch = require "curlew.op.batch_options"
local errors = require "curlew.op.errors"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

--- A template with variables in place of its marks.
---@param text string
---@param names table<string, string> what "L", "H" and "E" begin with
---@param user string? what stands for \1U;
---@param skip string
---@return string
function methods.batch_variables(_d, text, names, user, skip)
  return (text:gsub("\1(%u)(%d*);", function(letter, i)
    if letter == "U" then return user end
    if letter == "N" then return skip end
    return names[letter] .. i
  end))
end

--- The primary key that operations printed before gave the table, or nil.
local function printed_key(record, env)
  local parts = env.shadow and env.shadow:find(record.table, record.schema)
  for _, constraint in ipairs(parts and parts.constraints or {}) do
    if constraint.kind == "primary_key" then return constraint.columns end
  end
end

--- The key as the catalog has it; where there is none to ask, or the table was printed before, as the script or its
--- operations say.
local function look_offline(record, env)
  if env.conn and not (env.shadow and env.shadow:changed(record.table, record.schema)) then
    return batch.look(record, env)
  end
  local key = record.key or printed_key(record, env)
  if not key then
    errors.offline("op.%s: the key of %s isn't known while the SQL is only printed; add key = { ... }", record.op,
      record.table)
  end
  local unknown = setmetatable({}, { __index = function() return {} end })
  return { walk = key, columns = unknown, find = function(name) return { name = name } end }
end

--- One statement over the whole table.
function methods.batch_script(_d, plan, record)
  local sql = plan.kind == "delete" and "DELETE FROM " .. plan.table .. (plan.user and " WHERE " .. plan.user or "")
    or "UPDATE " .. plan.table .. plan.user
  return { { sql = sql, params = record.params, raw = true, counts = true } }
end

local function script(d, record, env)
  if d.batch_loops and record.params then
    errors.offline("op.%s: its parameters can't stand in the loop that is printed; write the values into where", record.op)
  end
  local look = d.batch_loops and look_offline(record, env) or
    { walk = record.key or { "rowid" }, columns = setmetatable({}, { __index = function() return {} end }),
      find = function(name) return { name = name } end }
  return d:batch_script(d:batch_plan(record, look), record)
end

compile.batch_update, compile.batch_delete = script, script

return M
