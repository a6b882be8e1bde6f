--- Records as the text of a revision's functions: one operation after the other, each laid out, with a comment
--- above what destroys data and above all of it what a person should look at.

local layout = require "curlew.autogen.layout"
local render = require "curlew.op.render"

local M = {}

local INDENT = "  "

--- 1234567 as 1,234,567.
local function grouped(n)
  local text = ("%d"):format(n)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

--- A sentence about what is gone once a record has run, or nil.
---@param lost table? { table=, schema=, column=, rows= } or { enum= | sequence= | view=, schema= }, or a text
---@return string?
function M.lost_words(lost)
  if type(lost) ~= "table" then return lost end
  local prefix = lost.schema and lost.schema .. "." or ""
  local rows = lost.rows and ("%s row%s"):format(grouped(lost.rows), lost.rows == 1 and "" or "s")
  if lost.column then
    return ("Loses what is in column %s of table %s%s%s."):format(lost.column, prefix, lost.table,
      rows and ", which has " .. rows or "")
  elseif lost.table then
    return ("Loses table %s%s%s."):format(prefix, lost.table, rows and " with " .. rows or " with its rows")
  end
  for _, kind in ipairs { "enum", "sequence", "view" } do
    if lost[kind] then
      local what = kind == "enum" and "Fails while a row has a value that goes: enum"
        or kind == "sequence" and "Loses the number that it has come to: sequence" or "Loses view"
      return ("%s %s%s."):format(what, prefix, lost[kind])
    end
  end
end

--- Text as comment lines of at most the layout's width.
local function comment(text, indent)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    local current = indent .. "--"
    for word in line:gmatch("%S+") do
      if #current + 1 + #word > layout.WIDTH and #current > #indent + 2 then
        lines[#lines + 1] = current
        current = indent .. "--"
      end
      current = current .. " " .. word
    end
    lines[#lines + 1] = current
  end
  return table.concat(lines, "\n")
end

--- The body of a function; "" where there is nothing to do.
---@param records table[]
---@param notes string[]?
---@param indent string?
---@return string text with a line break at its end
function M.body(records, notes, indent)
  indent = indent or INDENT
  local lines = {}
  for _, note in ipairs(notes or {}) do lines[#lines + 1] = comment(note, indent) end
  for _, record in ipairs(records) do
    local words = M.lost_words(record.lost)
    if words then lines[#lines + 1] = comment(words, indent) end
    lines[#lines + 1] = indent .. layout.layout(render.source(record), indent)
  end
  return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
end

--- The bodies of a revision's two functions.
---@param result curlew.AutogenResult
---@param indent string? "  " unless it is given
---@return { upgrade: string, downgrade: string, types: boolean } types: whether they use the local `types`
function M.bodies(result, indent)
  local upgrade, downgrade = M.body(result.up, result.notes, indent), M.body(result.down, nil, indent)
  local uses = (upgrade .. downgrade):gsub("%-%-[^\n]*", ""):gsub('"[^"\n]*"', '""')
  return { upgrade = upgrade, downgrade = downgrade, types = uses:find("%f[%w_]types%.") ~= nil }
end

return M
