--- Adding and dropping constraints.

local constraint_ops = require "curlew.op.constraint_ops"
local drop_constraint = require "curlew.op.drop_constraint"
local errors = require "curlew.op.errors"

local M = { methods = {}, compile = {} }
local methods, compile = M.methods, M.compile

local function add_constraint(d, o, env)
  local list = { d:alter_table(o, { "ADD " .. d:constraint(o.constraint, o) }) }
  if not o.if_not_exists then return list end
  if env.conn or not o.constraint.name then
    return constraint_ops.find(d:catalog(env, o.op, "if_not_exists"), o, o.constraint) and {} or list
  end
  return d:guarded(o, env, "constraint", o.constraint.name, list)
end

for _, name in ipairs { "create_primary_key", "create_unique_constraint", "create_check_constraint",
  "create_exclude_constraint", "create_foreign_key" } do
  compile[name] = add_constraint
end

local function listed(constraints)
  local texts = {}
  for i, c in ipairs(constraints) do
    texts[i] = ("%s (%s)"):format(c.name or "unnamed", c.columns and table.concat(c.columns, ", ") or c.expression)
  end
  return table.concat(texts, "; ")
end

--- The constraint that a drop_constraint means, from the catalog: { name =, kind =, columns = } or nil.
function methods.find_constraint(d, o, env)
  local kind, matches = drop_constraint.KINDS[o.type], {}
  for _, c in ipairs(d:catalog(env, o.op, "finding a constraint"):constraints(o.table, { schema = o.schema })) do
    local named = not o.name or (c.name and d.same_column(c.name, o.name))
      or (c.kind == "primary_key" and kind == "primary_key" and d.name == "mysql")
    if named and (not kind or c.kind == kind)
        and (not o.columns or constraint_ops.same_columns(constraint_ops.columns_of(c), o.columns, d.same_column)) then
      matches[#matches + 1] = c
    end
  end
  if #matches > 1 then
    errors.usage("op.drop_constraint: table %s has several that fit: %s; say which by its name", o.table, listed(matches))
  end
  if not matches[1] and not o.if_exists then
    errors.usage("op.drop_constraint: table %s has no %sconstraint%s%s", o.table, o.type and o.type .. " " or "",
      o.name and " " .. o.name or "", o.columns and " over (" .. table.concat(o.columns, ", ") .. ")" or "")
  end
  return matches[1]
end

--- DROP CONSTRAINT of what may not be there, offline.
function methods.drop_if_there(d, o, env, name, list) return d:guarded(o, env, "constraint", name, list) end

--- Whether the catalog, or what stands for it, can tell of the record's table.
function methods.knows_table(_d, o, env)
  if env.shadow then return env.shadow:find(o.table, o.schema) ~= nil end
  return env.conn ~= nil
end

--- Whether a drop_constraint needs the catalog.
function methods.must_find_constraint(d, o, env)
  return not o.name or (o.columns ~= nil and d:knows_table(o, env))
end

--- DROP of a constraint that the server named, in a script: it has to look up the name itself.
function methods.drop_unnamed(_d, o, _found)
  errors.offline("op.drop_constraint: offline the name that the server gave a constraint of %s isn't known; name it", o.table)
end

function methods.drop_constraint_clause(d, _o, name, _kind) return "DROP CONSTRAINT " .. d:quote(name) end

function compile.drop_constraint(d, o, env)
  local name, kind = o.name, drop_constraint.KINDS[o.type]
  if d:must_find_constraint(o, env) then
    if d:knows_table(o, env) then
      local found = d:find_constraint(o, env)
      if not found then return {} end
      name, kind = found.name, found.kind
    else
      name = o.conventional or (kind == "primary_key" and d.name == "mysql" and "PRIMARY")
        or errors.offline("op.drop_constraint: offline it needs the constraint's name, since no operation of the "
          .. "revisions before made table %s", o.table)
    end
    if kind == "primary_key" and d.name == "mysql" then name = name or "PRIMARY" end
    if not name then return d:drop_unnamed(o, { kind = kind, columns = o.columns }) end
  end
  local list = { d:alter_table(o, { d:drop_constraint_clause(o, name, kind) }) }
  if o.if_exists and not env.conn then return d:drop_if_there(o, env, name, list) end
  return list
end

function compile.validate_constraint(d)
  d:refuse("op.validate_constraint", "constraints are always valid here; leave it out")
end

return M
