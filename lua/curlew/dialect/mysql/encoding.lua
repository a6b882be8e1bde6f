--- Expressions in MySQL's information_schema that were encoded twice: UTF-8 read as latin1 (which is cp1252 there)
--- and encoded again. MariaDB and plain ASCII are as they should be.

local M = {}

--- Characters of cp1252 beyond latin1, and the bytes they stand for.
local BYTES = {}
for i, code in ipairs { 0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
  0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
  0x9D, 0x017E, 0x0178 } do
  BYTES[code] = 0x7F + i
end

--- The text as it was written. One that was encoded once comes back unchanged: its bytes would be no UTF-8.
---@param text string
---@return string
function M.once(text)
  if not text:find("[\x80-\xFF]") or not utf8.len(text) then return text end
  local bytes = {}
  for _, code in utf8.codes(text) do
    local byte = BYTES[code] or code <= 0xFF and code
    if not byte then return text end
    bytes[#bytes + 1] = string.char(byte)
  end
  local once = table.concat(bytes)
  return utf8.len(once) and once or text
end

return M
