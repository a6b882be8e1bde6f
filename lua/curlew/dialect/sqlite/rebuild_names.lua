--- Names of columns and of the table within pieces of stored SQL: found and changed token by token, so that
--- strings, functions and collations of the same name stay.

local constraints = require "curlew.dialect.sqlite.rebuild_constraints"
local parse = require "curlew.dialect.sqlite.parse"

local is_name, word = constraints.is_name, constraints.word

local M = {}

--- Text with other text in place of some of its tokens.
---@param text string
---@param choose fun(tokens: curlew.SqliteToken[], i: integer): string?
---@return string
function M.replace(text, choose)
  local tokens, parts, from = parse.tokens(text), {}, 1
  for i, token in ipairs(tokens) do
    local new = choose(tokens, i)
    if new then
      parts[#parts + 1] = text:sub(from, token.first - 1) .. new
      from = token.last + 1
    end
  end
  return table.concat(parts) .. text:sub(from)
end

--- Whether token i of an expression speaks of a column of this name.
local function is_column(tokens, i, name)
  local token, before, after = tokens[i], word(tokens[i - 1]), tokens[i + 1]
  if token.kind == "string" or not is_name(token, name) then return false end
  if after and (after.kind == "(" or after.kind == ".") then return false end
  return before ~= "COLLATE" and before ~= "AS"
end

--- Whether an expression speaks of a column.
---@param text string
---@param name string
---@return boolean
function M.mentions(text, name)
  local tokens = parse.tokens(text)
  for i in ipairs(tokens) do
    if is_column(tokens, i, name) then return true end
  end
  return false
end

--- Whether a name stands anywhere in SQL text.
---@param sql string
---@param name string
---@return boolean
function M.has_word(sql, name)
  for _, token in ipairs(parse.tokens(sql)) do
    if is_name(token, name) then return true end
  end
  return false
end

--- An expression after a column has got another name.
---@param text string
---@param old string
---@param new string as it is to be written
---@return string
function M.rename_in_expression(text, old, new)
  return M.replace(text, function(tokens, i) return is_column(tokens, i, old) and new or nil end)
end

--- Text in which the table's own name, as it stands before columns ("t.a"), is another one.
---@param text string
---@param old string
---@param new string as it is to be written
---@return string
function M.requalify(text, old, new)
  return M.replace(text, function(tokens, i)
    local after = tokens[i + 1]
    return after and after.kind == "." and tokens[i].kind ~= "string" and is_name(tokens[i], old) and new or nil
  end)
end

--- A CREATE INDEX in two: up to the table's name, and from the parenthesis on.
---@param sql string
---@return string head
---@return string rest
---@return boolean unique
function M.index(sql)
  local tokens = parse.tokens(sql)
  local at = word(tokens[2]) == "UNIQUE" and 4 or 3 -- the index's name; then ON, the table, "("
  local open = tokens[at + 3]
  return sql:sub(1, open.first - 1), sql:sub(open.first), at == 4
end

return M
