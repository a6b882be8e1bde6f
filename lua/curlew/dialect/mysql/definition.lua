--- A column's definition as the server writes it, taken apart so that a change replaces one piece and every
--- other stays to the letter: charset, ON UPDATE, INVISIBLE, MariaDB's CHECK and whatever else there is.

local M = {}

---@class curlew.MysqlDefinition
---@field name string
---@field pieces table[] { kind =, text = } in order

--- The end of what begins at `at`: a string, a quoted name, parentheses, a comment or a word.
local function piece_end(text, at)
  local c = text:sub(at, at)
  if c == "'" or c == "`" or c == '"' then
    local i = at + 1
    while i <= #text do
      local d = text:sub(i, i)
      if d == "\\" and c ~= "`" then
        i = i + 1
      elseif d == c then
        if text:sub(i + 1, i + 1) ~= c then return i end
        i = i + 1
      end
      i = i + 1
    end
    return #text
  end
  if c == "(" then
    local depth, i = 0, at
    while i <= #text do
      local d = text:sub(i, i)
      if d == "(" then depth = depth + 1 end
      if d == ")" then
        depth = depth - 1
        if depth == 0 then return i end
      end
      if d == "'" or d == "`" or d == '"' then i = piece_end(text, i) end
      i = i + 1
    end
    return #text
  end
  if text:sub(at, at + 1) == "/*" then return select(2, text:find("*/", at, true)) or #text end
  return select(2, text:find("^[^%s('`\"]+", at)) or at
end

--- Cuts a text into words, strings, parentheses and comments.
local function cut(text)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return list end
    local last = piece_end(text, at)
    -- An introducer or function name belongs to what follows it directly.
    while text:sub(last + 1, last + 1):match("['(]") do last = piece_end(text, last + 1) end
    list[#list + 1] = text:sub(at, last)
    at = last + 1
  end
end

--- The definition of a column within SHOW CREATE TABLE, or nil.
---@param create string
---@param name string
---@return string?
function M.find(create, name)
  -- By plain search, not line by line: a name may hold a line break, which stands in the text as it is.
  local head = "\n  `" .. name:gsub("`", "``") .. "` "
  local at, last = create:lower():find(head:lower(), 1, true)
  return at and (create:match("^[^\n]*", last + 1):gsub(",%s*$", ""))
end

--- What stands behind a foreign key's or CHECK's name within SHOW CREATE TABLE: all of it, NOT ENFORCED too; nil
--- when it goes over several lines.
---@param create string
---@param name string
---@return string?
function M.constraint(create, name)
  local head = "\n  CONSTRAINT `" .. name:gsub("`", "``") .. "` "
  local at, last = create:lower():find(head:lower(), 1, true)
  if not at then return nil end
  local text = create:match("^[^\n]*", last + 1):gsub(",%s*$", "")
  local bare = text:gsub("'[^']*'", ""):gsub("`[^`]*`", "")
  return select(2, bare:gsub("%(", "")) == select(2, bare:gsub("%)", "")) and text or nil
end

--- The columns of the primary key within SHOW CREATE TABLE, or nil.
---@param create string
---@return string[]?
function M.primary_key(create)
  local at = select(2, create:find("\n%s+PRIMARY KEY %(`"))
  if not at then return nil end
  local columns = {}
  while create:sub(at, at) == "`" do
    local last = piece_end(create, at)
    columns[#columns + 1] = create:sub(at + 1, last - 1):gsub("``", "`")
    -- A length or a direction may follow: `a`(10) DESC.
    local text = create:sub(last + 1):match("^%(%d+%)") or ""
    local rest = create:sub(last + 1 + #text):match("^ DESC") or ""
    at = last + 1 + #text + #rest
    if create:sub(at, at) ~= "," then break end
    at = at + 1
  end
  return columns
end

--- How many more words belong to the attribute at words[i], and its kind.
local function attribute(words, i)
  local w, next_word = words[i]:upper(), words[i + 1] and words[i + 1]:upper()
  if w == "NOT" and next_word == "NULL" then return "null", 1 end
  if w == "NULL" then return "null", 0 end
  if w == "DEFAULT" then return "default", 1 end
  if w == "ON" and next_word == "UPDATE" then return "on_update", 2 end
  if w == "AUTO_INCREMENT" then return "auto_increment", 0 end
  if w == "COMMENT" then return "comment", 1 end
  if w == "COLLATE" then return "collate", 1 end
  if w == "CHARACTER" and next_word == "SET" then return "charset", 2 end
  if w == "GENERATED" then return "generated", 1 end
  if w == "AS" or w:match("^AS%(") then return "generated", w == "AS" and 1 or 0 end
  if w == "VIRTUAL" or w == "STORED" or w == "PERSISTENT" then return "stored", 0 end
  if w == "CHECK" or w:match("^CHECK%(") then return "check", w == "CHECK" and 1 or 0 end
  if w == "INVISIBLE" then return "invisible", 0 end -- MariaDB has it right behind the type
  return nil, 0
end

--- Takes a definition (without the name) apart.
---@param text string
---@return table[] pieces
function M.read(text)
  local words, pieces = cut(text), {}
  local i = 1
  local kind_words = {}
  -- The type goes on until the first attribute: "int(11) unsigned", "double precision".
  while i <= #words and not attribute(words, i) and not words[i]:match("^/%*") do
    kind_words[#kind_words + 1] = words[i]
    i = i + 1
  end
  pieces[1] = { kind = "type", text = table.concat(kind_words, " ") }
  while i <= #words do
    local kind, more = attribute(words, i)
    pieces[#pieces + 1] = { kind = kind or "other", text = table.concat(words, " ", i, math.min(i + more, #words)) }
    i = i + more + 1
  end
  return pieces
end

--- The order in which the servers take them.
local ORDER = { type = 1, charset = 2, collate = 3, invisible = 3.5, generated = 4, stored = 5, null = 6, default = 7,
  on_update = 8, auto_increment = 9, comment = 10, other = 11, check = 12 }

--- Puts a text in the place of all pieces of a kind; nil takes them away.
---@param pieces table[]
---@param kind string
---@param text string?
function M.set(pieces, kind, text)
  for i = #pieces, 1, -1 do
    if pieces[i].kind == kind then table.remove(pieces, i) end
  end
  if not text then return end
  local at = #pieces + 1
  for i, piece in ipairs(pieces) do
    if ORDER[piece.kind] > ORDER[kind] then
      at = i
      break
    end
  end
  table.insert(pieces, at, { kind = kind, text = text })
end

---@param pieces table[]
---@param kind string
---@return string?
function M.get(pieces, kind)
  for _, piece in ipairs(pieces) do
    if piece.kind == kind then return piece.text end
  end
end

---@param pieces table[]
---@return string
function M.write(pieces)
  local texts = {}
  for i, piece in ipairs(pieces) do texts[i] = piece.text end
  return table.concat(texts, " ")
end

return M
