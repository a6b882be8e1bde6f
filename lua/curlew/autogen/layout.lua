--- Breaks the source of one call into lines as a person would: on one line where it fits; else as many arguments
--- a line as fit, and whatever is still too long is broken in the same way. A list that begins with a line break
--- keeps an item a line (the columns of create_table). A long text is cut behind a space and joined by `..`.
---
--- It works on source, not on records, so a plugin's own `render` is laid out too. A call with a function in it
--- is left as it is.

local M = {}

M.WIDTH = 100

local OPENS = { ["("] = ")", ["{"] = "}", ["["] = "]" }

--- Where the string or comment that begins at `at` ends (the position behind it), or nil.
local function skip(text, at)
  local equals = text:match("^%-%-%[(=*)%[", at) or text:match("^%[(=*)%[", at)
  if equals then
    local _, stop = text:find("]" .. equals .. "]", at, true)
    return (stop or #text) + 1
  end
  if text:find("^%-%-", at) then return text:find("\n", at, true) or #text + 1 end
  local quote = text:match("^[\"']", at)
  if not quote then return nil end
  at = at + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "\\" then
      at = at + 2
    elseif c == quote then
      return at + 1
    else
      at = at + 1
    end
  end
  return at
end

--- Calls fn(character, position) for each character that is in no string and no comment, until it returns
--- something.
local function each_code(text, fn)
  local at = 1
  while at <= #text do
    local behind = skip(text, at)
    if not behind then
      local result = fn(text:sub(at, at), at)
      if result then return result end
    end
    at = behind or at + 1
  end
end

--- The outermost brackets: { from =, to =, items = how many, forced = broken by whoever wrote it }.
local function groups_of(text)
  local groups, depth, group = {}, 0, nil
  each_code(text, function(c, at)
    if OPENS[c] then
      depth = depth + 1
      if depth == 1 then group = { from = at, commas = {}, forced = text:find("^\n", at + 1) ~= nil } end
    elseif c == ")" or c == "}" or c == "]" then
      depth = depth - 1
      if depth == 0 then
        group.to = at
        groups[#groups + 1] = group
      end
    elseif c == "," and depth == 1 then
      group.commas[#group.commas + 1] = at
    end
  end)
  return groups
end

local function trim(text) return (text:gsub("^%s+", ""):gsub("%s+$", "")) end

--- What stands between the commas.
local function items_of(text, group)
  local items, from = {}, group.from + 1
  for _, comma in ipairs(group.commas) do
    items[#items + 1] = trim(text:sub(from, comma - 1))
    from = comma + 1
  end
  local last = trim(text:sub(from, group.to - 1))
  if last ~= "" then items[#items + 1] = last end
  return items
end

--- name = "a very long text" as pieces of at most `width`.
local function cut_text(text, indent, width, used)
  local lead, quoted = text:match('^([^"]-)(".*")$')
  if not quoted or skip(quoted, 1) ~= #quoted + 1 then return text end
  local room = math.max(width - (used or #indent) - #lead - 3, 20)
  local rest, pieces = quoted:sub(2, -2), {}
  while #rest > room do
    local at = rest:sub(1, room):match("^.* ()") or rest:match("^[^ ]* ()")
    if not at then break end
    pieces[#pieces + 1] = '"' .. rest:sub(1, at - 1) .. '"'
    rest = rest:sub(at)
    room = math.max(width - #indent - 8, 20)
  end
  if #pieces == 0 then return text end
  pieces[#pieces + 1] = '"' .. rest .. '"'
  local joined = table.concat(pieces, "\n" .. indent .. "  .. ")
  -- op.sql "..." takes one text without brackets only.
  local call = lead:match("([%w_.]+) $")
  if call and not lead:find("= $") then return lead:sub(1, -2) .. "(" .. joined .. ")" end
  return lead .. joined
end

local layout

--- One item a line, each with a comma behind it.
local function listed(text, group, indent, width)
  local inner, lines = indent .. "  ", {}
  for i, item in ipairs(items_of(text, group)) do
    lines[i] = inner .. layout(item, inner, width - 1) .. ","
  end
  return text:sub(1, group.from) .. "\n" .. table.concat(lines, "\n") .. "\n" .. indent .. text:sub(group.to)
end

--- Whether a table that doesn't fit on the rest of the line nor on one of its own has room here for its first item.
local function begins_here(item, used, alone, width)
  if not item:find("^{") or alone + #item <= width then return false end
  local group = groups_of(item)[1]
  return used + 4 + #items_of(item, group)[1] <= width
end

--- As many items as fit on a line, the lines after the first set in by two.
local function filled(text, group, indent, width, before)
  local inner, spaced = indent .. "  ", text:sub(group.from, group.from) == "{" and " " or ""
  local tail = text:sub(group.to)
  local lines, line = {}, text:sub(1, group.from) .. spaced
  local used, empty = (before or #indent) + #line, true -- of the line's width; whether it has no item yet
  local items = items_of(text, group)
  for i, item in ipairs(items) do
    local behind = i < #items and "," or spaced .. tail
    local gap = empty and "" or " "
    local long = used + #gap + #item + #behind > width and not item:find("^{\n")
    if long and not empty and not begins_here(item, used + #gap, #inner + #behind, width) then
      lines[#lines + 1] = line
      line, used, gap = inner, #inner, ""
    end
    local room = width - #behind
    local own = (used + #gap + #item <= room and not item:find("\n", 1, true)) and item
      or layout(item, #lines == 0 and indent or inner, room, used + #gap)
    line = line .. gap .. own .. behind
    used = #line:match("[^\n]*$") + (#lines == 0 and not line:find("\n", 1, true) and (before or #indent) or 0)
    empty = false
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

--- `used`: how much of the width stands before the text (the indent's own, if left out).
function layout(text, indent, width, used)
  local forced, group = nil, nil
  for _, own in ipairs(groups_of(text)) do
    if own.to > own.from + 1 and (not group or own.to - own.from >= group.to - group.from) then group = own end
  end
  each_code(text, function(c) forced = forced or c == "\n" end)
  if not forced and (used or #indent) + #text <= width then return text end
  if not group then return cut_text(text, indent, width, used) end
  if group.forced then return listed(text, group, indent, width) end
  return filled(text, group, indent, width, used)
end

--- Changes the code of a source, not its texts and comments.
---@param text string
---@param fn fun(code: string): string
---@return string
function M.in_code(text, fn)
  local parts, from, at = {}, 1, 1
  while at <= #text do
    local behind = skip(text, at)
    if behind then
      parts[#parts + 1] = fn(text:sub(from, at - 1)) .. text:sub(at, behind - 1)
      from = behind
    end
    at = behind or at + 1
  end
  return table.concat(parts) .. fn(text:sub(from))
end

--- A call's source, laid out.
---@param source string one call
---@param indent string what each line but the first begins with
---@param width integer? columns, indent included
---@return string
function M.layout(source, indent, width)
  local has_function = false
  for word in source:gsub('"[^"\n]*"', ""):gmatch("[%a_][%w_]*") do has_function = has_function or word == "function" end
  if has_function then return (source:gsub("\n", "\n" .. indent)) end
  return layout(source, indent, width or M.WIDTH)
end

return M
