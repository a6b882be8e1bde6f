--- Edits the source of revision files, leaving everything else in them as it is. Whoever calls it loads
--- the result and looks whether it says what it should: source can be written in more ways than are
--- understood here.
local M = {}

-- Where the comment, string or long bracket that begins at `from` ends (the position behind it), or nil.
local function skip(text, from)
  local equals = text:match("^%-%-%[(=*)%[", from) or text:match("^%[(=*)%[", from)
  if equals then
    local _, stop = text:find("]" .. equals .. "]", from, true)
    return (stop or #text) + 1
  elseif text:find("^%-%-", from) then
    return text:find("\n", from, true) or #text + 1
  end
  local quote = text:match("^[\"']", from)
  if not quote then return nil end
  local at = from + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "\\" then at = at + 1 elseif c == quote then return at + 1 end
    at = at + 1
  end
  return #text + 1
end

-- Calls fn(name, position behind it) for each name that is neither in a comment nor in a string, until
-- it returns something.
local function each_name(text, fn)
  local at = 1
  while at <= #text do
    local behind = skip(text, at)
    local name = not behind and text:match("^[%a_][%w_]*", at)
    if name then
      local result = fn(name, at + #name)
      if result then return result end
      behind = at + #name
    end
    at = behind or at + 1
  end
end

-- The value behind `=` at `from`: where it begins and ends (inclusive), if it is nil, a string or a list.
local function value_at(text, from)
  local start = text:match("^%s*=%s*()[^=%s]", from)
  if not start then return nil end
  if text:find("^nil%f[^%w_]", start) then return start, start + 2 end
  if text:find("^[\"'%[]", start) then
    local behind = skip(text, start)
    return behind and start, behind and behind - 1
  end
  if text:sub(start, start) ~= "{" then return nil end
  local at = start + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "}" then return start, at end
    if c == "{" then return nil end
    at = skip(text, at) or at + 1
  end
end

local function find_value(text, wanted)
  local found = each_name(text, function(name, behind)
    if name ~= wanted then return nil end
    local start, stop = value_at(text, behind)
    return start and { start, stop }
  end)
  if found then return found[1], found[2] end
end

-- "-- Revises: x" in the comment that the file begins with.
local function set_header(text, parent)
  local behind = 1
  while true do
    local stop = text:match("^%-%-[^\n]*\n()", behind) or text:match("^%s*\n()", behind)
    if not stop then break end
    behind = stop
  end
  local header = text:sub(1, behind - 1):gsub("(%-%- *Revises:)[^\r\n]*", function(lead)
    return lead .. " " .. parent
  end)
  return header .. text:sub(behind)
end

--- The source with another `down_revision`, and its "Revises:" comment to match.
---@param text string
---@param parent string  id
---@return string
function M.set_parent(text, parent)
  local value = ("%q"):format(parent)
  local start, stop = find_value(text, "down_revision")
  if start then
    text = text:sub(1, start - 1) .. value .. text:sub(stop + 1)
  else
    local _, after = find_value(text, "revision")
    if not after then error("its `down_revision` is not written in a way that can be changed by a program", 0) end
    text = text:sub(1, after) .. ", down_revision = " .. value .. text:sub(after + 1)
  end
  return set_header(text, parent)
end

return M
