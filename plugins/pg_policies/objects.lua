--- Functions and triggers as replaceable objects: a revision brings the new text and names the former one,
--- which the way back puts in place again. The text is the whole definition, so nothing of it is lost.
---
---     local v1, v2 = require "functions.tax_v1", require "functions.tax_v2" -- texts beside curlew.lua
---     op.replace_function("tax(numeric)", v2, { former = v1 })

local M = { operations = {} }

local OPTIONS = {
  { "former", "expression", doc = "The whole definition that it takes the place of; nil when it is new" },
  { "drop", "boolean", doc = "Drop the former one first: what it returns, or its arguments' names, change" },
}

--- "CREATE [OR REPLACE] kind": the rest of the definition, or nil.
local function body(text, kind)
  local rest = text:gsub("^%s+", "")
  for _, word in ipairs { "CREATE", "OR", "REPLACE" } do
    local head, after = rest:match("^(%a+)%s+(.*)$")
    if head and head:upper() == word then rest = after elseif word == "CREATE" then return nil end
  end
  local constraint, after = rest:match("^(%a+)%s+(.*)$")
  if kind == "trigger" and constraint and constraint:upper() == "CONSTRAINT" then return after, true end
  local head = rest:match("^(%a+)%s")
  return head and (head:upper() == kind:upper() or kind == "function" and head:upper() == "PROCEDURE") and rest or nil
end

local function checked(kind)
  return function(o)
    for _, field in ipairs { "definition", "former" } do
      if o[field] and not body(o[field], kind) then
        return ("%s must be the whole CREATE %s"):format(field, kind:upper())
      end
    end
  end
end

local function create(text, kind)
  local rest, constraint = body(text, kind)
  return constraint and "CREATE CONSTRAINT " .. rest or "CREATE OR REPLACE " .. rest
end

--- FUNCTION or PROCEDURE.
local function word_of(text) return body(text, "function"):match("^%a+"):upper() end

--- The signature of a drop: as it is given, with its schema.
local function signature(o, d) return (o.schema and d:quote(o.schema) .. "." or "") .. o.signature end

--- op.replace_function("tax(numeric)", "CREATE FUNCTION tax(n numeric) ...", { former = "CREATE FUNCTION ..." })
M.operations.replace_function = {
  args = {
    { "signature", "expression", doc = "Name and types of the arguments: \"tax(numeric)\"" },
    { "definition", "expression", doc = "The whole CREATE FUNCTION (or PROCEDURE)" },
  },
  options = OPTIONS, check = checked "function",
  compile = {
    postgresql = function(o, d)
      local text = create(o.definition, "function")
      if not o.drop then return text end
      return { ("DROP %s IF EXISTS %s"):format(word_of(o.former or o.definition), signature(o, d)), text }
    end,
  },
  reverse = function(o)
    if o.former then
      return { op = "replace_function", signature = o.signature, definition = o.former, former = o.definition,
        drop = o.drop, schema = o.schema }
    end
    return { op = "remove_function", signature = o.signature, former = o.definition, schema = o.schema }
  end,
}

--- op.remove_function("tax(numeric)", { former = "CREATE FUNCTION ..." }): dropped, and made again on the way back.
M.operations.remove_function = {
  args = { { "signature", "expression", doc = "Name and types of the arguments" } },
  options = { { "former", "expression", required = true, doc = "Its whole definition" } },
  check = checked "function",
  compile = {
    postgresql = function(o, d) return ("DROP %s %s"):format(word_of(o.former), signature(o, d)) end,
  },
  reverse = function(o)
    return { op = "replace_function", signature = o.signature, definition = o.former, schema = o.schema }
  end,
  probe = function(o, conn, d)
    return conn:scalar("SELECT pg_catalog.to_regprocedure(?)", { signature(o, d) }) == nil
  end,
}

local function drop_trigger(o, d, mark)
  return ("DROP TRIGGER %s%s ON %s"):format(mark or "", d:quote(o.name), d:qualified(o.schema, o.table))
end

local NAMED = {
  { "name", "name", doc = "Name of the trigger" },
  { "table", "name", doc = "Its table" },
}

--- op.replace_trigger("orders_audit", "orders", "CREATE TRIGGER orders_audit ...", { former = ... }). Constraint
--- triggers can't be replaced by the server: they are dropped first, as with drop = true.
M.operations.replace_trigger = {
  args = { NAMED[1], NAMED[2], { "definition", "expression", doc = "The whole CREATE TRIGGER" } },
  options = OPTIONS, check = checked "trigger",
  compile = {
    postgresql = function(o, d)
      local text = create(o.definition, "trigger")
      local _, constraint = body(o.definition, "trigger")
      if not o.drop and not constraint then return text end
      return { drop_trigger(o, d, "IF EXISTS "), text }
    end,
  },
  reverse = function(o)
    if o.former then
      return { op = "replace_trigger", name = o.name, table = o.table, definition = o.former, former = o.definition,
        drop = o.drop, schema = o.schema }
    end
    return { op = "remove_trigger", name = o.name, table = o.table, former = o.definition, schema = o.schema }
  end,
}

--- op.remove_trigger("orders_audit", "orders", { former = "CREATE TRIGGER ..." })
M.operations.remove_trigger = {
  args = NAMED,
  options = { { "former", "expression", required = true, doc = "Its whole definition" } },
  check = checked "trigger",
  compile = { postgresql = function(o, d) return drop_trigger(o, d) end },
  reverse = function(o)
    return { op = "replace_trigger", name = o.name, table = o.table, definition = o.former, schema = o.schema }
  end,
  probe = function(o, conn) return not conn:inspect():has_trigger(o.table, o.name, { schema = o.schema }) end,
}

return M
