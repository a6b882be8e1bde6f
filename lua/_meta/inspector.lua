---@meta curlew.inspect
-- What op.inspect() and conn:inspect() give.

---@class curlew.ReflectedColumn
---@field name string
---@field type curlew.Type prints as the server writes it
---@field nullable boolean
---@field default? string SQL text
---@field primary_key boolean
---@field autoincrement boolean
---@field comment? string
---@field collation? string
---@field computed? { sql: string, persisted: boolean }
---@field identity? { always: boolean, start: integer, increment: integer }

---@class curlew.ReflectedKey
---@field name? string
---@field columns string[]

---@class curlew.ReflectedIndex
---@field name string
---@field columns (string|curlew.Sql)[] an expression is an op.sql
---@field unique boolean
---@field where? string
---@field method string

---@class curlew.ReflectedForeignKey
---@field name? string
---@field columns string[]
---@field referent string
---@field referent_schema? string
---@field referent_columns string[]
---@field ondelete? string
---@field onupdate? string

---@class curlew.ReflectedCheck
---@field name? string
---@field expression string

---@class curlew.ReflectedEnum
---@field name string
---@field values string[]
---@field schema string

---@class curlew.Inspector
local Inspector = {}

---@class curlew.InspectorOptions
---@field schema? string

---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_table(name, options) end

---@param table_name string
---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_column(table_name, name, options) end

---@param table_name string?
---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_index(table_name, name, options) end

---@param table_name string
---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_constraint(table_name, name, options) end

---@param table_name string
---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_trigger(table_name, name, options) end

---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_view(name, options) end

---@param name string
---@return boolean
function Inspector:has_schema(name) end

---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_sequence(name, options) end

---@param name string
---@return boolean
function Inspector:has_extension(name) end

---@param name string
---@param options? curlew.InspectorOptions
---@return boolean
function Inspector:has_function(name, options) end

---@param options? curlew.InspectorOptions
---@return string[]
function Inspector:tables(options) end

---@param options? curlew.InspectorOptions
---@return string[]
function Inspector:views(options) end

---@param options? curlew.InspectorOptions
---@return curlew.ReflectedEnum[]
function Inspector:enums(options) end

---@param table_name string
---@param options? curlew.InspectorOptions
---@return curlew.ReflectedColumn[]
function Inspector:columns(table_name, options) end

---@param table_name string
---@param options? curlew.InspectorOptions
---@return curlew.ReflectedKey?
function Inspector:primary_key(table_name, options) end

---@param table_name string
---@param options? curlew.InspectorOptions
---@return curlew.ReflectedIndex[]
function Inspector:indexes(table_name, options) end

---@param table_name string
---@param options? curlew.InspectorOptions
---@return curlew.ReflectedForeignKey[]
function Inspector:foreign_keys(table_name, options) end

---@param table_name string
---@param options? curlew.InspectorOptions
---@return curlew.ReflectedKey[]
function Inspector:unique_constraints(table_name, options) end

---@param table_name string
---@param options? curlew.InspectorOptions
---@return curlew.ReflectedCheck[]
function Inspector:checks(table_name, options) end

---Every constraint of a table with its `kind`.
---@param table_name string
---@param options? curlew.InspectorOptions
---@return table[]
function Inspector:constraints(table_name, options) end

return Inspector
