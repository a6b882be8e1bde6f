--- Records as the bodies of a revision's functions: one call a record, laid out, with a comment above what
--- destroys data and above all of it what a person should look at.

local layout = require "curlew.autogen.layout"
local render = require "curlew.op.render"

local M = {}

local INDENT = "  "

--- 1234567 as 1,234,567.
local function grouped(n) return (("%d"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")) end

--- How many rows, or values that are not NULL, are there now; nil when that can't be asked.
local function count(lost, run)
  if not (run and run.conn and lost.table) then return nil end
  local what = lost.column and run.dialect:quote(lost.column) or "*"
  local rows = run.conn:try(("SELECT count(%s) FROM %s"):format(what, run.dialect:qualified(lost.schema, lost.table)))
  return rows and rows[1] and rows[1][1]
end

--- What a record destroys, in words.
---@param lost { table: string?, column: string?, schema: string?, enum: string?, sequence: string? }
---@param run curlew.AutogenRun? to count rows with
---@return string
function M.loss(lost, run)
  if lost.enum then return "destructive: rows that hold a value which goes must change first" end
  if lost.sequence then return ("destructive: loses where %s has counted to"):format(lost.sequence) end
  local table_name = (lost.schema and lost.schema .. "." or "") .. lost.table
  local rows = count(lost, run)
  local now = rows and (" (%s when this was written)"):format(grouped(rows)) or ""
  if lost.column then return ("destructive: loses the values of %s.%s%s"):format(table_name, lost.column, now) end
  return ("destructive: loses the rows of %s%s"):format(table_name, now)
end

--- Text as comment lines of at most the layout's width.
local function comment(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    local current = INDENT .. "--"
    for word in line:gmatch("%S+") do
      if #current + 1 + #word > layout.WIDTH and current ~= INDENT .. "--" then
        lines[#lines + 1] = current
        current = INDENT .. "--"
      end
      current = current .. " " .. word
    end
    lines[#lines + 1] = current
  end
  return table.concat(lines, "\n")
end

local function body(records, run, notes)
  local lines, as = {}, { naming = run.naming_convention or {} }
  for _, note in ipairs(notes or {}) do lines[#lines + 1] = comment(note) end
  for _, record in ipairs(records) do
    if record.op == "irreversible" then
      local text = ("%s can't be undone by a program: write here what does"):format(record.record.op)
      lines[#lines + 1] = INDENT .. layout.layout(("error(%q)"):format(text), INDENT)
    else
      if record.lost then lines[#lines + 1] = comment(M.loss(record.lost, run)) end
      lines[#lines + 1] = INDENT .. layout.layout(render.source(record, as), INDENT)
    end
  end
  return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
end

--- The bodies of a revision's two functions, each with a line break at its end; "" where there is nothing to do.
---@param result curlew.AutogenResult
---@param run curlew.AutogenRun?
---@return { upgrade: string, downgrade: string }
function M.bodies(result, run)
  run = run or {}
  return { upgrade = body(result.up, run, result.notes),
    downgrade = body(result.down, { naming_convention = run.naming_convention }) }
end

return M
