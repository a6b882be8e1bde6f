--- MySQL wants an index under every foreign key: it makes one where there is none, takes that away when another index
--- serves as well, and lets nobody drop the last one that serves. So whoever makes or drops an index has to see to
--- the key's own.

local M = {}

--- Whether an index (or unique constraint) has a foreign key's columns first.
---@param x curlew.Comparison
---@param index table
---@param key { columns: string[] }
---@return boolean
function M.covers(x, index, key)
  for i, name in ipairs(key.columns) do
    if type(index.columns[i]) ~= "string" or x:fold(index.columns[i]) ~= x:fold(name) then return false end
  end
  return true
end

local function create_record(t, index)
  return { op = "create_index", table = t.name, schema = t.schema, name = index.name, columns = { table.unpack(index.columns) },
    if_not_exists = true }
end

--- Records that make again what the server takes away when `index` is made: without them `index` could not be
--- dropped again.
---@param x curlew.Comparison
---@param real table the table as it is
---@param index table
---@return table[]
function M.displaced(x, real, index)
  local list = {}
  for _, own in ipairs(x.dialect.name == "mysql" and real.indexes or {}) do
    if own.implicit and M.covers(x, index, own) then list[#list + 1] = create_record(real, own) end
  end
  return list
end

--- The foreign keys that would be without an index once `index` is gone, each as the index that the server would have
--- made for it.
---@param x curlew.Comparison
---@param t table the table as it is to be
---@param index table
---@return table[] records
function M.bared(x, t, index)
  local list = {}
  for _, key in ipairs(x.dialect.name == "mysql" and t.constraints or {}) do
    if key.kind == "foreign_key" and key.name and M.covers(x, index, key) then
      local served = false
      for _, other in ipairs(t.indexes) do served = served or M.covers(x, other, key) end
      for _, other in ipairs(t.constraints) do
        served = served or (other.kind == "unique" or other.kind == "primary_key") and M.covers(x, other, key)
      end
      if not served then list[#list + 1] = create_record(t, { name = key.name, columns = key.columns }) end
    end
  end
  return list
end

return M
