--- Constraints as text.

local M = { methods = {} }
local methods = M.methods

local function deferral(d, c)
  local text = ""
  if c.deferrable ~= nil then text = c.deferrable and " DEFERRABLE" or " NOT DEFERRABLE" end
  if c.initially then text = text .. " INITIALLY " .. c.initially:upper() end
  return text ~= "" and d:deferral(text, c) or ""
end

--- DEFERRABLE ..., where constraints can wait.
function methods.deferral(_d, text, _c) return text end

local FORMS = {}

function FORMS.primary_key(d, c) return ("PRIMARY KEY (%s)"):format(d:names(c.columns)) end

function FORMS.unique(d, c)
  return ("UNIQUE %s(%s)%s"):format(c.nulls_not_distinct and d:nulls_not_distinct() .. " " or "",
    d:names(c.columns), c.include and " " .. d:include(c.include) or "")
end

function FORMS.check(_d, c) return ("CHECK (%s)"):format(c.expression) end

function FORMS.foreign_key(d, c)
  local text = ("FOREIGN KEY (%s) REFERENCES %s (%s)"):format(d:names(c.columns),
    d:referent(c), d:names(c.referent_columns))
  if c.match then text = text .. d:match(c.match) end
  if c.ondelete then text = text .. " ON DELETE " .. d:action(c.ondelete) end
  if c.onupdate then text = text .. " ON UPDATE " .. d:action(c.onupdate) end
  return text
end

function FORMS.exclude(d, c)
  local parts = {}
  for i, pair in ipairs(c.exclusions) do
    parts[i] = (type(pair[1]) == "table" and "(" .. pair[1].sql .. ")" or d:quote(pair[1])) .. " WITH " .. pair[2]
  end
  return ("EXCLUDE USING %s (%s)%s"):format(d:quote(c.using or "gist"), table.concat(parts, ", "),
    c.where and " WHERE (" .. c.where .. ")" or "")
end

--- The referenced table.
function methods.referent(d, c) return d:qualified(c.referent_schema, c.referent) end

--- MATCH FULL; SIMPLE is what everybody does anyway.
function methods.match(_d, match) return match ~= "simple" and " MATCH " .. match:upper() or "" end

function methods.action(_d, action) return action:upper() end

function methods.nulls_not_distinct(d)
  d:refuse("nulls_not_distinct", "a unique index over an expression such as op.sql \"coalesce(a, '')\" does the same")
end

function methods.include(d) d:refuse("include (columns carried in an index)", "leave it out") end

--- A constraint as it stands in CREATE TABLE or after ADD.
---@param d curlew.Dialect
---@param c table
---@param _o table? the record it stands in
---@return string
function methods.constraint(d, c, _o)
  d:check_constraint(c)
  return (c.name and "CONSTRAINT " .. d:quote(c.name) .. " " or "") .. FORMS[c.kind](d, c)
    .. deferral(d, c) .. (c.not_valid and d:not_valid() or "")
end

--- Refuses constraints that this server does not have.
function methods.check_constraint(d, c)
  if c.kind == "exclude" then d:refuse("exclude constraints", "a unique constraint or a trigger may do") end
end

function methods.not_valid(d) d:refuse("not_valid", "existing rows are always checked here; leave it out") end

return M
