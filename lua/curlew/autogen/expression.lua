--- SQL expressions with one way of writing them: for servers that keep the text as it was typed, and for what
--- curlew itself wrote. Two texts with the same normal form mean the same; the reverse is not promised.

local parse = require "curlew.dialect.sqlite.parse"

local M = {}

local OPERATORS = { ["<>"] = "!=", ["=="] = "=" }

local SYMBOL = "[-+*/<>=!|&~%%^]"

--- The words of a text, one way of writing each.
local function words_of(text)
  local words, tokens = {}, parse.tokens(text)
  local i = 1
  while i <= #tokens do
    local token = tokens[i]
    local word
    if token.kind == "string" then
      word = "'" .. token.text:gsub("'", "''") .. "'"
    elseif token.kind == "name" then
      word = token.text:match("^[%a_][%w_]*$") and token.text:lower() or '"' .. token.text .. '"'
    elseif token.kind == "word" then
      word = token.text:lower()
    elseif token.kind:match("^" .. SYMBOL .. "$") then
      word = token.text
      -- Operators of several characters arrive one by one.
      while tokens[i + 1] and tokens[i + 1].first == tokens[i].last + 1 and tokens[i + 1].kind:match("^" .. SYMBOL .. "$")
        and #tokens[i + 1].text == 1 and not (word .. tokens[i + 1].text):match("[^-+]%-$") do
        i = i + 1
        word = word .. tokens[i].text
      end
      word = OPERATORS[word] or word
    else
      word = token.text:lower()
    end
    words[#words + 1] = word
    i = i + 1
  end
  return words
end

--- Words without the parentheses around one word, which servers add and take away: -(100). Those of a call stay.
local function without_needless(words)
  local result, i = {}, 1
  while i <= #words do
    local before = result[#result] or "("
    if words[i] == "(" and words[i + 2] == ")" and words[i + 1] ~= "(" and before:match("^[^%w_\"']") then
      result[#result + 1] = words[i + 1]
      i = i + 3
    else
      result[#result + 1] = words[i]
      i = i + 1
    end
  end
  return result
end

--- Whether the parenthesis at `first` closes at `last`.
local function encloses(words, first, last)
  if words[first] ~= "(" or words[last] ~= ")" then return false end
  local depth = 0
  for i = first, last do
    if words[i] == "(" then depth = depth + 1 end
    if words[i] == ")" then depth = depth - 1 end
    if depth == 0 then return i == last end
  end
  return false
end

local cache = {}

--- The normal form of an expression.
---@param text string
---@return string
function M.normal(text)
  if cache[text] then return cache[text] end
  local words = without_needless(words_of(text))
  local first, last = 1, #words
  while first < last and encloses(words, first, last) do first, last = first + 1, last - 1 end
  cache[text] = table.concat(words, " ", first, last)
  return cache[text]
end

--- Whether a text mentions a name as one of its words.
---@param text string
---@param name string
---@return boolean
function M.mentions(text, name)
  name = name:lower()
  for _, token in ipairs(parse.tokens(text)) do
    if (token.kind == "word" or token.kind == "name") and token.text:lower() == name then return true end
  end
  return false
end

--- The text with a name put in another's place, wherever it is a word of its own.
---@param text string
---@param old string
---@param new string as it is to be written
---@return string
function M.rename(text, old, new)
  local parts, at = {}, 1
  for _, token in ipairs(parse.tokens(text)) do
    if (token.kind == "word" or token.kind == "name") and token.text:lower() == old:lower() then
      parts[#parts + 1] = text:sub(at, token.first - 1) .. new
      at = token.last + 1
    end
  end
  return table.concat(parts) .. text:sub(at)
end

--- The text with the schemas of qualified names put in others' place.
---@param text string
---@param of fun(schema: string): string?
---@return string
function M.requalify(text, of)
  local parts, at, tokens = {}, 1, parse.tokens(text)
  for i, token in ipairs(tokens) do
    local dot = tokens[i + 1] and tokens[i + 1].kind == "." and (i == 1 or tokens[i - 1].kind ~= ".")
    local other = dot and (token.kind == "word" or token.kind == "name") and of(token.text)
    if other then
      parts[#parts + 1] = text:sub(at, token.first - 1) .. other
      at = token.last + 1
    end
  end
  return table.concat(parts) .. text:sub(at)
end

return M
