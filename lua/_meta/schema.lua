---@meta curlew.schema
-- What a models file declares the schema with: `local schema = require "curlew.schema"`.

---Tables, enums, views and sequences as the models have them; a models file returns it.
---@class curlew.Metadata
---@field naming_convention? table<string, string>
local Metadata = {}

---Declares a table in the shape that op.create_table takes. A column, and the table, may have `renamed_from`: the
---name it has in databases that were not migrated yet.
---@param name string
---@param columns table
---@param options? { schema: string?, renamed_from: string? }
---@return curlew.Metadata
function Metadata:table(name, columns, options) end

---Declares an enum type, also one that no column uses.
---@param name string
---@param values string[]
---@param options? { schema: string? }
---@return curlew.Metadata
function Metadata:enum(name, values, options) end

---Declares a view.
---@param name string
---@param query string|curlew.Sql
---@param options? { schema: string?, columns: string[]?, materialized: boolean? }
---@return curlew.Metadata
function Metadata:view(name, query, options) end

---Declares a sequence that belongs to no column (PostgreSQL, MariaDB).
---@param name string
---@param options? { schema: string?, start: integer?, increment: integer?, minvalue: integer?, maxvalue: integer?, cache: integer?, cycle: boolean? }
---@return curlew.Metadata
function Metadata:sequence(name, options) end

---@class curlew.SchemaModule
---@field types curlew.Types
---@field conventions { standard: table<string, string> } naming conventions to choose from
---@field null any
local schema = {}

---An empty schema, to be filled and returned.
---@param options? { naming_convention: table<string, string>? }
---@return curlew.Metadata
function schema.metadata(options) end

---SQL text, raw wherever it is accepted.
---@param text string
---@return curlew.Sql
function schema.sql(text) end

---A name that no naming convention is applied to.
---@param name string
function schema.f(name) end

---A value that differs by database.
---@param choices table<string, any>
function schema.by_dialect(choices) end

---@param columns string|string[]
---@param options? table
function schema.primary_key(columns, options) end

---@param columns string|string[]
---@param options? table
function schema.unique(columns, options) end

---@param columns (string|curlew.Sql)[]
---@param options? table
function schema.index(columns, options) end

---@param expression string|curlew.Sql
---@param options? table
function schema.check(expression, options) end

---@param columns string[]
---@param referent string
---@param referent_columns string[]
---@param options? table
function schema.foreign_key(columns, referent, referent_columns, options) end

---@param exclusions { [1]: string|curlew.Sql, [2]: string }[]
---@param options? table
function schema.exclude(exclusions, options) end

return schema
