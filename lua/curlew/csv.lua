--- CSV as RFC 4180 has it: records of fields, quoted where they hold a delimiter, a quote or a line break. A
--- record is read line by line, so memory does not grow with the file.

local M = {}

---@class curlew.CsvReader
---@field file file*
---@field name string for messages
---@field line integer the last one read
---@field delimiter string
---@field quote string
---@field mark string the quote as a pattern
---@field null string an unquoted field of this text is NULL
local Reader = {}
Reader.__index = Reader

---@param path string
---@param name string
---@param options { delimiter: string?, quote: string?, null: string? }
---@return curlew.CsvReader?, string? problem
function M.open(path, name, options)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local reader = setmetatable({ file = file, name = name, line = 0, delimiter = options.delimiter or ",",
    quote = options.quote or '"', null = options.null or "" }, Reader)
  reader.mark = reader.quote:gsub("%W", "%%%0")
  if file:read(3) ~= "\u{FEFF}" then file:seek("set") end
  return reader
end

function Reader:close()
  if io.type(self.file) == "file" then self.file:close() end
end

Reader.__close = Reader.close

--- A record's text with its line end, and the line where it begins: quotes decide where it ends. nil: no more.
---@return string? text, integer line
function Reader:text()
  local text = self.file:read("L")
  self.line = self.line + 1
  local began = self.line
  if not text then return nil, began end
  local open = select(2, text:gsub(self.mark, "")) % 2 == 1
  while open do
    local more = self.file:read("L")
    if not more then error(("%s:%d: a quote is not closed"):format(self.name, began), 0) end
    self.line = self.line + 1
    text = text .. more
    if select(2, more:gsub(self.mark, "")) % 2 == 1 then open = false end
  end
  return text, began
end

--- A quoted field from its opening quote at `at`: its value, and where the next one begins (nil: none does).
local function quoted(self, text, at, line)
  local quote, parts = self.quote, {}
  local from = at + 1
  while true do
    local closing = text:find(quote, from, true)
    if not closing then error(("%s:%d: a quote is not closed"):format(self.name, line), 0) end
    parts[#parts + 1] = text:sub(from, closing - 1)
    if text:sub(closing + 1, closing + 1) ~= quote then
      local after = text:sub(closing + 1, closing + 1)
      if after == self.delimiter then return table.concat(parts, quote), closing + 2 end
      if after ~= "" then error(("%s:%d: text behind a closing quote"):format(self.name, line), 0) end
      return table.concat(parts, quote)
    end
    from = closing + 2
  end
end

--- The next record: its fields (nil stands for NULL, `n` counts), and its line. nil: no more.
---@return table? fields, integer? line
function Reader:record()
  local text, line
  repeat
    text, line = self:text()
    if not text then return nil end
    text = text:gsub("\r?\n$", "")
  until text ~= ""
  local fields, n, at = {}, 0, 1
  local delimiter, quote, null = self.delimiter, self.quote, self.null
  while at do
    n = n + 1
    if text:sub(at, at) == quote then
      fields[n], at = quoted(self, text, at, line)
    else
      local stop = text:find(delimiter, at, true)
      local value = text:sub(at, stop and stop - 1)
      if value ~= null then fields[n] = value end
      at = stop and stop + 1
    end
  end
  fields.n = n
  return fields, line
end

--- A piece of the text that ends with a record, about `bytes` long, and the line where it begins. nil: no more.
---@return string? piece, integer line
function Reader:piece(bytes)
  local began = self.line + 1
  local piece = self.file:read(bytes)
  if not piece then return nil, began end
  piece = piece .. (piece:sub(-1) == "\n" and "" or self.file:read("L") or "")
  while select(2, piece:gsub(self.mark, "")) % 2 == 1 do
    local more = self.file:read("L")
    if not more then error(("%s:%d: a quote that is opened behind here is not closed"):format(self.name, began), 0) end
    piece = piece .. more
  end
  self.line = self.line + select(2, piece:gsub("\n", ""))
  return piece, began
end

return M
