--- Reads the text of a CREATE TABLE as SQLite keeps it in sqlite_schema: just enough to find constraints,
--- their names and their text, which no PRAGMA tells.

local M = {}

---@class curlew.SqliteToken
---@field kind string "word", "name" (quoted), "string", "number", "blob" or the character itself
---@field text string as written; for names without their quotes
---@field first integer position of its first byte
---@field last integer

local CLOSING = { ['"'] = '"', ["`"] = "`", ["["] = "]", ["'"] = "'" }

--- The position of the quote that ends what begins at `from`.
local function quoted_end(sql, from, close)
  local at = from + 1
  while true do
    local found = sql:find(close, at, true)
    if not found then return #sql end
    if close ~= "]" and sql:sub(found + 1, found + 1) == close then
      at = found + 2
    else
      return found
    end
  end
end

--- Cuts SQL into tokens; white space and comments are left out.
---@param sql string
---@return curlew.SqliteToken[]
function M.tokens(sql)
  local list, at = {}, 1
  while at <= #sql do
    local c = sql:sub(at, at)
    local last
    if c:match("%s") then
      last = at
    elseif sql:sub(at, at + 1) == "--" then
      last = sql:find("\n", at, true) or #sql
    elseif sql:sub(at, at + 1) == "/*" then
      last = select(2, sql:find("*/", at + 2, true)) or #sql
    else
      local token = { first = at }
      if CLOSING[c] then
        last = quoted_end(sql, at, CLOSING[c])
        local close = CLOSING[c]
        token.kind = c == "'" and "string" or "name"
        token.text = sql:sub(at + 1, last - 1)
        if close ~= "]" then token.text = token.text:gsub(close .. close, close) end
      elseif sql:find("^[xX]'%x*'", at) then
        last = select(2, sql:find("^[xX]'%x*'", at))
        token.kind, token.text = "blob", sql:sub(at, last)
      elseif c:match("[%a_\128-\255]") then
        last = select(2, sql:find("^[%w_$\128-\255]+", at))
        token.kind, token.text = "word", sql:sub(at, last)
      elseif sql:find("^%.?%d", at) then
        last = select(2, sql:find("^[%d.]+[eE][-+]?%d+", at)) or select(2, sql:find("^[%w.]+", at))
        token.kind, token.text = "number", sql:sub(at, last)
      else
        last = at
        token.kind, token.text = c, c
      end
      token.last = last
      list[#list + 1] = token
    end
    at = last + 1
  end
  return list
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

local function text_at(tokens, i) return tokens[i] and tokens[i].text or "" end

local function word(token) return token and token.kind == "word" and token.text:upper() or nil end

--- The definitions between the outer parentheses, each as its range of tokens.
local function definitions(tokens, open, close)
  local list, first, i = {}, open + 1, open + 1
  while i < close do
    if tokens[i].kind == "(" then
      i = closing(tokens, i)
    elseif tokens[i].kind == "," then
      list[#list + 1] = { first, i - 1 }
      first = i + 1
    end
    i = i + 1
  end
  list[#list + 1] = { first, close - 1 }
  return list
end

local function names_in(tokens, open)
  local names, close = {}, closing(tokens, open)
  local expect = true
  for i = open + 1, close - 1 do
    local token = tokens[i]
    if token.kind == "," then
      expect = true
    elseif expect then
      names[#names + 1] = token.text
      expect = false
    end
  end
  return names, close
end

--- The constraints within tokens first..last, of a column or of the table.
local function constraints_in(sql, tokens, first, last, column, out)
  local name
  local i = first
  while i <= last do
    local w = word(tokens[i])
    if w == "CONSTRAINT" then
      name = text_at(tokens, i + 1)
      i = i + 1
    elseif w == "CHECK" then
      local open, close = tokens[i + 1], closing(tokens, i + 1)
      out[#out + 1] = { kind = "check", name = name, column = column,
        expression = open and sql:sub(open.last + 1, tokens[close].first - 1):match("^%s*(.-)%s*$") or "" }
      name, i = nil, close
    elseif w == "PRIMARY" or w == "UNIQUE" then
      local kind = w == "UNIQUE" and "unique" or "primary_key"
      if w == "PRIMARY" then i = i + 1 end
      local entry = { kind = kind, name = name, column = column, columns = { column } }
      if not column and tokens[i + 1] and tokens[i + 1].kind == "(" then entry.columns, i = names_in(tokens, i + 1) end
      out[#out + 1], name = entry, nil
    elseif w == "FOREIGN" then
      local columns
      columns, i = names_in(tokens, i + 2)
      out[#out + 1] = { kind = "foreign_key", name = name, columns = columns, referent = text_at(tokens, i + 2) }
      name = nil
      i = i + 2 -- REFERENCES and the table
    elseif w == "REFERENCES" then
      out[#out + 1] = { kind = "foreign_key", name = name, column = column, columns = { column },
        referent = text_at(tokens, i + 1) }
      name = nil
      i = i + 1
    elseif w == "DEFERRABLE" or w == "INITIALLY" then
      local key = out[#out]
      if key and key.kind == "foreign_key" then
        if w == "DEFERRABLE" then key.deferrable = word(tokens[i - 1]) ~= "NOT" end
        if w == "INITIALLY" then key.initially = text_at(tokens, i + 1):lower() end
      end
    elseif w == "CONFLICT" and word(tokens[i - 1]) == "ON" then
      out.on_conflict = text_at(tokens, i + 1)
    elseif w == "NOT" or w == "NULL" or w == "DEFAULT" or w == "COLLATE" or w == "GENERATED" or w == "AS" then
      -- These take a name, too, and then keep it from what follows.
      name = nil
      if w == "COLLATE" then i = i + 1 end
    elseif tokens[i].kind == "(" then
      i = closing(tokens, i)
    end
    i = i + 1
  end
end

local TABLE_LEVEL = { CONSTRAINT = true, PRIMARY = true, UNIQUE = true, CHECK = true, FOREIGN = true }

---@class curlew.SqliteTable
---@field columns table[] { name =, text =, first =, last = } positions of the whole definition in the SQL
---@field constraints table[] { kind =, name =, columns =, column =, expression =, referent =, deferrable =, initially = };
--- its on_conflict is the last ON CONFLICT among them
---@field suffix string what follows the closing parenthesis
---@field autoincrement boolean
---@field as_select boolean? CREATE TABLE ... AS: nothing to read

--- Reads a CREATE TABLE.
---@param sql string
---@return curlew.SqliteTable
function M.create_table(sql)
  local tokens = M.tokens(sql)
  local open
  for i, token in ipairs(tokens) do
    if token.kind == "(" then
      open = i
      break
    end
  end
  local result = { columns = {}, constraints = {}, suffix = "", autoincrement = false }
  if not open then return result end
  local close = closing(tokens, open)
  result.open, result.close = tokens[open].last, tokens[close].first
  result.suffix = sql:sub(tokens[close].last + 1):match("^%s*(.-)%s*;?%s*$")
  for _, range in ipairs(definitions(tokens, open, close)) do
    local first, last = range[1], range[2]
    local token = first <= last and tokens[first]
    if token and #result.columns > 0 and TABLE_LEVEL[word(token) or ""] then
      constraints_in(sql, tokens, first, last, nil, result.constraints)
    elseif token then
      result.columns[#result.columns + 1] = {
        name = token.text, first = token.first, last = tokens[last].last, text = sql:sub(token.first, tokens[last].last),
      }
      constraints_in(sql, tokens, first + 1, last, token.text, result.constraints)
      for i = first, last do
        if word(tokens[i]) == "AUTOINCREMENT" then result.autoincrement = true end
      end
    end
  end
  return result
end

--- The expression of the i-th generated column and the collation of a column: GENERATED ALWAYS AS (...).
---@param text string a column's definition
---@return string? expression
---@return string? collation
function M.column_extras(text)
  local tokens = M.tokens(text)
  local expression, collation
  local i = 2
  while i <= #tokens do
    local w = word(tokens[i])
    if w == "AS" and tokens[i + 1] and tokens[i + 1].kind == "(" then
      local close = closing(tokens, i + 1)
      expression = text:sub(tokens[i + 1].last + 1, tokens[close].first - 1)
      i = close
    elseif w == "COLLATE" and tokens[i + 1] then
      collation = tokens[i + 1].text
      i = i + 1
    elseif tokens[i].kind == "(" then
      i = closing(tokens, i)
    end
    i = i + 1
  end
  return expression, collation
end

--- The values of a list of string literals, "'a', 'it''s'"; nil when it is anything else.
---@param text string
---@return string[]?
function M.strings(text)
  local values, at = {}, 1
  while text:sub(at, at) == "'" do
    local last = text:find("'", at + 1, true)
    while last and text:sub(last + 1, last + 1) == "'" do last = text:find("'", last + 2, true) end
    if not last then return nil end
    values[#values + 1] = text:sub(at + 1, last - 1):gsub("''", "'")
    at = last + 1 + #text:match("^,?%s*", last + 1)
  end
  return at > #text and #values > 0 and values or nil
end

return M
