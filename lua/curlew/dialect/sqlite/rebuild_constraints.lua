--- Reads one constraint of a stored CREATE TABLE, of a column or of the table: where it ends and what it says.

local M = {}

---@class curlew.SqlitePart
---@field kind string "name", "type", "primary_key", "unique", "check", "foreign_key", "not_null", "null", "default",
--- "collate", "computed" or "other"
---@field gap string what stands before it
---@field text string
---@field name string? of the constraint
---@field columns string[]? of a key or foreign key; nil where it stands in a column
---@field expression string? of a CHECK
---@field referent string?
---@field referent_columns string[]?

local function word(token) return token and token.kind == "word" and token.text:upper() or nil end

--- Whether a token is a name, quoted or not, that means the same as another.
local function is_name(token, name)
  return (token.kind == "word" or token.kind == "name" or token.kind == "string") and token.text:lower() == name:lower()
end

--- The index of the token that closes the parenthesis at `open`.
local function closing(tokens, open)
  local depth = 0
  for i = open, #tokens do
    if tokens[i].kind == "(" then depth = depth + 1 end
    if tokens[i].kind == ")" then
      depth = depth - 1
      if depth == 0 then return i end
    end
  end
  return #tokens
end

--- The first name of each entry of the list that opens at `open`, and the index of its end.
local function names_in(tokens, open)
  local names, close, depth, expect = {}, closing(tokens, open), 0, true
  for i = open + 1, close - 1 do
    local kind = tokens[i].kind
    if kind == "(" then depth = depth + 1 end
    if kind == ")" then depth = depth - 1 end
    if kind == "," and depth == 0 then
      expect = true
    elseif expect then
      names[#names + 1] = tokens[i].text
      expect = false
    end
  end
  return names, close
end

-- Constraints -------------------------------------------------------------------------------------

--- Reads what follows a constraint's first words: each function takes the index after the keyword and gives the
--- index of the constraint's last token.
local READ = {}

local function on_conflict(tokens, i)
  if word(tokens[i + 1]) == "ON" and word(tokens[i + 2]) == "CONFLICT" then return i + 3 end
  return i
end

function READ.CHECK(part, tokens, i, sql)
  local close = closing(tokens, i + 1)
  part.kind = "check"
  part.expression = sql:sub(tokens[i + 1].last + 1, tokens[close].first - 1):match("^%s*(.-)%s*$")
  return on_conflict(tokens, close)
end

local function key(part, tokens, i)
  if tokens[i + 1] and tokens[i + 1].kind == "(" then
    part.columns, i = names_in(tokens, i + 1)
  end
  local w = word(tokens[i + 1])
  if w == "ASC" or w == "DESC" then
    part.descending = w == "DESC"
    i = i + 1
  end
  i = on_conflict(tokens, i)
  if word(tokens[i + 1]) == "AUTOINCREMENT" then i = i + 1 end
  return i
end

function READ.PRIMARY(part, tokens, i)
  part.kind = "primary_key"
  return key(part, tokens, i + 1)
end

function READ.UNIQUE(part, tokens, i)
  part.kind = "unique"
  return key(part, tokens, i)
end

function READ.NULL(part, tokens, i)
  part.kind = "null"
  return on_conflict(tokens, i)
end

function READ.NOT(part, tokens, i)
  part.kind = "not_null"
  return on_conflict(tokens, i + 1)
end

function READ.DEFAULT(part, tokens, i)
  part.kind = "default"
  local kind = tokens[i + 1] and tokens[i + 1].kind
  if kind == "(" then return closing(tokens, i + 1) end
  return (kind == "+" or kind == "-") and i + 2 or i + 1
end

function READ.COLLATE(part, tokens, i)
  part.kind, part.collation = "collate", tokens[i + 1] and tokens[i + 1].text
  return i + 1
end

function READ.AS(part, tokens, i)
  part.kind = "computed"
  i = closing(tokens, i + 1)
  local w = word(tokens[i + 1])
  return (w == "STORED" or w == "VIRTUAL") and i + 1 or i
end

function READ.GENERATED(part, tokens, i) return READ.AS(part, tokens, i + 2) end

function READ.REFERENCES(part, tokens, i)
  part.kind, part.referent = "foreign_key", tokens[i + 1] and tokens[i + 1].text
  i = i + 1
  if tokens[i + 1] and tokens[i + 1].kind == "(" then part.referent_columns, i = names_in(tokens, i + 1) end
  while true do
    local w, next_word = word(tokens[i + 1]), word(tokens[i + 2])
    if w == "ON" and (next_word == "DELETE" or next_word == "UPDATE" or next_word == "INSERT") then
      local action = word(tokens[i + 3])
      i = (action == "SET" or action == "NO") and i + 4 or i + 3
    elseif w == "MATCH" then
      i = i + 2
    elseif w == "DEFERRABLE" or (w == "NOT" and next_word == "DEFERRABLE") then
      i = w == "NOT" and i + 2 or i + 1
      if word(tokens[i + 1]) == "INITIALLY" then i = i + 2 end
    else
      return i
    end
  end
end

function READ.FOREIGN(part, tokens, i)
  part.columns, i = names_in(tokens, i + 2)
  return READ.REFERENCES(part, tokens, i + 1)
end

--- The constraint that begins at token i, and the index of its last token.
---@param sql string
---@param tokens curlew.SqliteToken[]
---@param i integer
---@param last integer of its column or table constraint
---@return curlew.SqlitePart part
---@return integer
function M.read(sql, tokens, i, last)
  local part = { kind = "other" }
  local at = i
  while word(tokens[at]) == "CONSTRAINT" and at < last do
    part.name = tokens[at + 1].text
    at = at + 2
  end
  local read = at <= last and READ[word(tokens[at]) or ""]
  local stop = read and read(part, tokens, at, sql) or at
  return part, math.min(math.max(stop, i), last)
end

--- Whether a token in a column's definition ends its type.
---@param token curlew.SqliteToken
---@return boolean
function M.begins(token)
  local w = word(token)
  return w == "CONSTRAINT" or (w ~= nil and READ[w] ~= nil)
end

M.closing, M.word, M.is_name = closing, word, is_name

return M
