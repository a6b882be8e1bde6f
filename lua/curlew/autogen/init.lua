--- Autogenerate: the operations that take a database to the declared schema, and back.
---
--- The rooms, in the order in which a run walks through them:
---   declared        a metadata's declarations, checked for the dialect: records of create_* operations, each with
---                   the file and line it came from
---   catalog         dialect/<d>/catalog.lua: the whole schema of a database in a constant number of queries, in
---                   the normal form (normal.lua says what that is)
---   scratch         the declared records put through the server (dialect/<d>/scratch.lua says where) and read
---                   by the same catalog, so that both sides speak as the server does
---   compare/        an ordered list of comparators, one file a kind of object; each appends records to a plan
---   order           which record comes when: foreign-key order, cycles cut
---   reflect_models  a normal form as the text of models.lua
---   render/write    records as the text of a revision's functions (op/render.lua writes one call)
---
--- A record is exactly what op.<name> makes and op/render.lua renders. Two fields are autogenerate's own:
--- `restore`, the records that undo it where the operation's own reverse can't know how (a dropped table), and
--- `lost`, words for what it destroys.

local M = {}

---@class curlew.AutogenRun
---@field conn table the database; read-only but for scratch objects
---@field dialect curlew.Dialect
---@field metadata curlew.Metadata
---@field config table curlew.lua as returned, or an entry of `databases` over it: include_*, compare_*, hooks
---@field naming_convention table? used where the metadata has none
---@field service string[]? tables that belong to curlew
---@field open_memory (fun(): table)? another connection to an empty SQLite database in memory
---@field log (fun(text: string))?

---@class curlew.AutogenResult
---@field up table[] records in the order to run them
---@field down table[] records that undo them, in the order to run them
---@field notes string[] what a person should know: likely renames, what can't be represented

--- Compares and gives what has to be done.
---@param run curlew.AutogenRun
---@return curlew.AutogenResult
function M.run(run)
  return require("curlew.autogen.plan").run(run)
end

--- The database as the text of models.lua.
---@param run curlew.AutogenRun without `metadata`; `only` names one table
---@return string
function M.reflect(run)
  return require("curlew.autogen.reflect_models").text(run)
end

--- The text of the two functions' bodies.
---@param result curlew.AutogenResult
---@return { upgrade: string, downgrade: string }
function M.write(result, run)
  return require("curlew.autogen.write").bodies(result, run)
end

return M
