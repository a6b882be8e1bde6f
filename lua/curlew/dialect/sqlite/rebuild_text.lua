--- The stored text of a CREATE TABLE or CREATE INDEX taken apart so that it can be edited: what isn't
--- changed stays as it was written, comments and white space included.
---
--- A definition is head .. items .. tail. An item is a column or a table constraint; it has parts (its name,
--- its type, each of its constraints), every one with the white space and comments before it.

local constraints = require "curlew.dialect.sqlite.rebuild_constraints"
local parse = require "curlew.dialect.sqlite.parse"

local closing, word = constraints.closing, constraints.word

local M = {}

---@class curlew.SqliteItem
---@field column string? name of the column
---@field lead string what stands before it
---@field parts curlew.SqlitePart[]
---@field trail string what stands between it and the comma

-- Items -------------------------------------------------------------------------------------------

local TABLE_LEVEL = { CONSTRAINT = true, PRIMARY = true, UNIQUE = true, CHECK = true, FOREIGN = true }

--- The item of tokens first..last; `from` is the position after the comma or parenthesis before it.
local function read_item(sql, tokens, first, last, from, may_be_column)
  local item = { lead = sql:sub(from, tokens[first].first - 1), parts = {} }
  local stop = tokens[first].first - 1
  local function add(part, i, j)
    part.gap, part.text = sql:sub(stop + 1, tokens[i].first - 1), sql:sub(tokens[i].first, tokens[j].last)
    item.parts[#item.parts + 1] = part
    stop = tokens[j].last
    return j + 1
  end
  local i = first
  if may_be_column or not TABLE_LEVEL[word(tokens[first]) or ""] then
    item.column = tokens[first].text
    i = add({ kind = "name" }, first, first)
    local j = i
    while j <= last and not constraints.begins(tokens[j]) do
      j = tokens[j].kind == "(" and closing(tokens, j) + 1 or j + 1
    end
    if j > i then i = add({ kind = "type" }, i, j - 1) end
  end
  while i <= last do
    local part, j = constraints.read(sql, tokens, i, last)
    i = add(part, i, j)
  end
  return item, stop
end

--- Reads the text of one item, as a dialect writes it.
---@param text string
---@param is_column boolean
---@return curlew.SqliteItem
function M.item(text, is_column)
  local tokens = parse.tokens(text)
  local item = read_item(text, tokens, 1, #tokens, 1, is_column)
  item.trail = ""
  return item
end

---@class curlew.SqliteDefinition
---@field head string up to the opening parenthesis
---@field items curlew.SqliteItem[]
---@field tail string from the closing parenthesis
---@field without_rowid boolean
---@field strict boolean

--- Takes a CREATE TABLE apart; nil when there is no list of columns in it.
---@param sql string
---@return curlew.SqliteDefinition?
function M.read(sql)
  local tokens = parse.tokens(sql)
  local open
  for i, token in ipairs(tokens) do
    if token.kind == "(" then
      open = i
      break
    end
  end
  if not open then return nil end
  local close = closing(tokens, open)
  local definition = { head = sql:sub(1, tokens[open].last), items = {}, tail = sql:sub(tokens[close].first) }
  local first, from, i = open + 1, tokens[open].last + 1, open + 1
  while i <= close do
    local kind = tokens[i].kind
    if i < close and kind == "(" then
      i = closing(tokens, i)
    elseif i == close or kind == "," then
      if i > first then
        local item, stop = read_item(sql, tokens, first, i - 1, from, #definition.items == 0)
        item.trail = sql:sub(stop + 1, tokens[i].first - 1)
        definition.items[#definition.items + 1] = item
      end
      first, from = i + 1, tokens[i].last + 1
    end
    i = i + 1
  end
  for j = close + 1, #tokens do
    if word(tokens[j]) == "STRICT" then definition.strict = true end
    if word(tokens[j]) == "WITHOUT" then definition.without_rowid = true end
  end
  return definition
end

-- Writing -----------------------------------------------------------------------------------------

--- Makes sure that what follows part i doesn't run into it.
local function part_off(item, i)
  local after = item.parts[i + 1]
  if after and after.gap == "" then after.gap = " " end
end

--- Gives part i of an item another text.
---@param item curlew.SqliteItem
---@param i integer
---@param text string
function M.set(item, i, text)
  item.parts[i].text = text
  part_off(item, i)
end

--- Takes part i away.
---@param item curlew.SqliteItem
---@param i integer
function M.remove(item, i)
  table.remove(item.parts, i)
  part_off(item, i - 1)
end

--- Puts parts, written as text, after part i.
---@param item curlew.SqliteItem
---@param i integer
---@param text string one or more constraints of a column
function M.insert(item, i, text)
  for _, part in ipairs(M.item("x " .. text, true).parts) do
    if part.kind ~= "name" then
      i = i + 1
      part.gap = part.gap ~= "" and part.gap or " "
      table.insert(item.parts, i, part)
    end
  end
  part_off(item, i)
end

--- What stands before an item, in two: a comment in the line of the item before it, which is about
--- that one, and the rest.
local function own_line(lead)
  local line, rest = lead:match("^([^\n]*\n)(.*)$")
  if line and line:find("%S") then return line, rest end
  return "", lead
end

--- Takes item i away.
---@param items curlew.SqliteItem[]
---@param i integer
function M.take(items, i)
  local item, after, before = items[i], items[i + 1], items[i - 1]
  local line = own_line(item.lead)
  if after then
    local first = not before and not (item.lead .. after.lead):find("%S")
    after.lead = first and item.lead or line .. after.lead
  elseif before then
    before.trail = before.trail .. line .. item.trail
  end
  table.remove(items, i)
end

--- Puts an item after item i, in the way the items are set out.
---@param items curlew.SqliteItem[]
---@param i integer
---@param item curlew.SqliteItem
function M.place(items, i, item)
  local model, before, after = items[#items > 1 and 2 or 1], items[i], items[i + 1]
  local _, indent = own_line(model.lead)
  item.lead = indent:match("^%s*$") and indent ~= "" and indent or " "
  if after then
    local line, rest = own_line(after.lead)
    if line ~= "" then item.lead, after.lead = line .. item.lead, rest end
  elseif before.trail:find("%S") then
    item.lead, before.trail = before.trail .. item.lead, ""
  else
    item.trail, before.trail = before.trail, ""
  end
  table.insert(items, i + 1, item)
end

local function item_text(item)
  local text = ""
  for _, part in ipairs(item.parts) do text = text .. part.gap .. part.text end
  return item.lead .. text .. item.trail
end

--- What stands in the outer parentheses.
---@param definition curlew.SqliteDefinition
---@return string
function M.body(definition)
  local texts = {}
  for i, item in ipairs(definition.items) do texts[i] = item_text(item) end
  return table.concat(texts, ",")
end

---@param definition curlew.SqliteDefinition
---@return string sql
function M.write(definition) return definition.head .. M.body(definition) .. definition.tail end

return M
