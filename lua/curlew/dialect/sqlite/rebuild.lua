--- The way of SQLite for everything that ALTER TABLE can't do: the table is made anew, within the transaction and
--- with foreign keys enforced.
---
--- rebuild_table.lua reads what the table is, rebuild_columns.lua and rebuild_apply.lua change that,
--- rebuild_guard.lua refuses what others rely on, rebuild_write.lua writes the statements.

local alter_column = require "curlew.op.alter_column"
local apply = require "curlew.dialect.sqlite.rebuild_apply"
local errors = require "curlew.op.errors"
local guard = require "curlew.dialect.sqlite.rebuild_guard"
local rebuilt = require "curlew.dialect.sqlite.rebuild_table"
local write = require "curlew.dialect.sqlite.rebuild_write"

local M = {}

--- The records that change something.
local function effective(records)
  local list = {}
  for _, o in ipairs(records) do
    if o.op ~= "alter_column" or #alter_column.changes(o) > 0 then list[#list + 1] = o end
  end
  return list
end

--- Statements that carry out all records, which concern one table, by one rebuild (by more only where a
--- column takes the name of one that was dropped before it).
---@param d curlew.Dialect
---@param records table[] in the order they were called
---@param env table { conn =, offline = }
---@return table[]
function M.compile(d, records, env)
  records = effective(records)
  if #records == 0 then return {} end
  if not env.conn then
    errors.offline("op.%s: SQLite has to make %s anew for this, for which it needs its definition, and there is no "
      .. "catalog to read offline; create the table in an earlier revision of the same script, or test ctx.offline",
      records[1].op, records[1].table)
  end
  local t = rebuilt.read(d, env.conn, records[1])
  local list = {}
  local function append(statements) table.move(statements, 1, #statements, #list + 1, list) end
  local function flush()
    if t.dirty then guard.before(t) end
    append(t.first)
    if t.dirty then
      append(write.statements(t))
      append(guard.after(t))
    end
    append(t.last)
    if #list > 0 then t.fresh = false end
    t:settle()
  end
  for _, o in ipairs(records) do
    t.op = o.op
    if #t.last > 0 and apply.WAITS[o.op] then flush() end
    if apply[o.op] then
      apply[o.op](t, o, flush)
    else -- what no table can have here is refused
      flush()
      append(d.compile[o.op](d, o, env))
    end
  end
  flush()
  return list
end

return M
