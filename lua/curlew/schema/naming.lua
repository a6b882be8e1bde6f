--- Names of constraints and indexes: by the project's naming convention, made short enough for every
--- server in the same way everywhere.

local errors = require "curlew.op.errors"

local M = {}

--- PostgreSQL keeps 63 bytes of a name, MySQL 64 characters; generated names fit both.
M.MAX = 63

local KEYS = { index = "ix", unique = "uq", check = "ck", foreign_key = "fk", primary_key = "pk", exclude = "ex" }

--- Indexes can't go without a name on most servers, and a CHECK that stands for an enum must be found
--- again, so these two have a convention even where the project has none.
local DEFAULTS = { ix = "ix_%(table_name)s_%(column_0_N_name)s", enum = "ck_%(table_name)s_%(column_0_name)s" }

--- FNV-1a, 32 bits: enough to keep shortened names apart, and the same on every machine.
local function hash(text)
  local h = 0x811c9dc5
  for i = 1, #text do h = ((h ~ text:byte(i)) * 0x01000193) & 0xffffffff end
  return ("%08x"):format(h)
end

--- A name of at most M.MAX bytes: long ones are cut on a character's border and end in a hash.
---@param name string
---@return string
function M.shorten(name)
  if #name <= M.MAX then return name end
  local cut = M.MAX - 9
  while cut > 0 and (name:byte(cut + 1) & 0xC0) == 0x80 do cut = cut - 1 end
  return name:sub(1, cut) .. "_" .. hash(name)
end

local function joined(columns, from, separator, prefix)
  local parts = {}
  for i = from, #columns do parts[#parts + 1] = prefix .. columns[i] end
  return table.concat(parts, separator)
end

--- column_0_name, column_0N_name, column_0_N_name, column_1_label, referred_column_0_name, ...
local function column_token(token, what)
  local prefix, first, all, form = token:match("^(r?e?f?e?r?r?e?d?_?)column_(%d+)(_?N?)_(%a+)$")
  if not first or (prefix ~= "" and prefix ~= "referred_") then return nil end
  local columns = prefix == "" and what.columns or what.referent_columns
  local owner = prefix == "" and what.table or what.referent
  first = tonumber(first) + 1
  if not columns or not columns[first] then return false end
  local label = form == "label" and owner .. "_" or ""
  if form ~= "name" and form ~= "label" and form ~= "key" then return nil end
  if all == "" then return label .. columns[first] end
  return label .. joined(columns, first, all == "_N" and "_" or "", "")
end

--- Fills a convention in. nil when a token has no value for this thing (an unnamed CHECK, say).
local function expand(convention, what, key)
  local missing = false
  local name = convention:gsub("%%%((.-)%)s", function(token)
    local value
    if token == "table_name" then value = what.table
    elseif token == "referred_table_name" then value = what.referent or false
    elseif token == "constraint_name" then value = what.given or what.hint or false
    else value = column_token(token, what)
    end
    if value == nil then
      errors.usage("naming_convention.%s: unknown token %%(%s)s", key, token)
    end
    if value == false then missing = true end
    return value or ""
  end)
  return not missing and name or nil
end

---@class curlew.Nameable
---@field kind string "index", "unique", "check", "foreign_key", "primary_key" or "exclude"
---@field table string
---@field columns string[]?
---@field referent string?
---@field referent_columns string[]?
---@field given string|curlew.FinalName|nil the name that the script gave
---@field hint string? stands for constraint_name when none was given (an enum's name)
---@field enum boolean? a CHECK that keeps an enum's values

--- The name of a constraint or index, or nil: the server chooses.
---@param convention table<string, string>? { ix =, uq =, ck =, fk =, pk = }
---@param what curlew.Nameable
---@return string?
function M.name(convention, what)
  local key = KEYS[what.kind]
  local template = convention and convention[key]
  if type(what.given) == "table" then return what.given.name end
  if what.given then
    if template and template:find("%(constraint_name)s", 1, true) then
      return M.shorten(expand(template, what, key) or what.given)
    end
    return what.given
  end
  template = template or DEFAULTS[what.enum and "enum" or key]
  local name = template and expand(template, what, key)
  if not name and what.kind == "index" then name = expand(DEFAULTS.ix, what, key) end
  if not name and what.enum then name = expand(DEFAULTS.enum, what, key) end
  return name and M.shorten(name)
end

return M
