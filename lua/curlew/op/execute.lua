--- Execute SQL: one statement or several; with parameters exactly one.

local check = require "curlew.op.check"
local marks = require "curlew.op.marks"

local M = { name = "execute" }

check.kind("sql", "SQL text", function(value)
  if marks.is_sql(value) then value = value.sql end
  if type(value) ~= "string" then return nil end
  if not value:find("%S") then return nil, "nothing but white space" end
  if value:find("\0", 1, true) then return nil, "text with a NUL byte" end
  return value
end)

M.args = {
  { "sql", "sql", doc = "SQL; without parameters nothing in it is parsed or escaped" },
  { "params", "table?", doc = "{ name = value } for :name, or a list for ?", lazy = true },
}

--- Words that begin a statement which defines something.
local DDL = {}
for word in ("create alter drop truncate rename comment grant revoke reindex"):gmatch("%S+") do DDL[word] = true end

--- The first word, comments before it left out.
local function first_word(sql)
  local rest = sql
  while true do
    local after = rest:match("^%s*%-%-[^\n]*\n(.*)") or rest:match("^%s*/%*.-%*/(.*)")
    if not after then break end
    rest = after
  end
  return (rest:match("^%s*(%a+)") or ""):lower()
end

function M.is_ddl(record) return DDL[first_word(record.sql)] == true end

function M.summary(record)
  local text = record.sql:gsub("%s+", " "):gsub("^ ", "")
  if #text > 60 then
    local cut = 57
    while cut > 0 and (text:byte(cut + 1) & 0xC0) == 0x80 do cut = cut - 1 end
    text = text:sub(1, cut) .. "..."
  end
  return "execute " .. text
end

function M.digest(record) return { op = "execute", sql = record.sql } end

function M.identity(record) return record.sql end

--- Parameters are never kept.
function M.journal(record) return { op = "execute", sql = record.sql } end

M.example = [[
op.execute "UPDATE users SET name = 'it is 10:30' WHERE id = 1; DELETE FROM notes"
op.execute("UPDATE users SET age = :age WHERE id IN :ids", { age = 30, ids = { 1, 2 } })
]]

return M
