---@meta curlew.conn

---A connection: `op.get_bind()` in a migration, the argument of `on_connect`, `curlew.connect(url)` in a
---configuration. In a migration it is valid until the function returns.
---
---Parameters are a table of names for `:name`, or a list for `?`. A name without a value is NULL; a key that no
---`:name` uses is an error, unless the table is a row that came from a database. NULL in a list is `op.null`. A
---list as a value fills an `IN`: `IN :ids` with `{ ids = { 1, 2 } }`. Without parameters nothing in the SQL is
---parsed, and several statements are allowed.
---@class curlew.Conn
---@field dialect string "sqlite", "postgresql" or "mysql" (MariaDB too)
---@field server string "mariadb" tells itself from "mysql"
---@field server_version string "15.18", "10.11.11", "3.40.1"
local Conn = {}

---A row: a table by column name, and by position (`row[1]`). NULL is nil; `#row` is the number of columns.
---Of two columns of one name the last is found by name, both by position.
---@class curlew.Row
---@field [string] any
---@field [integer] any

---@alias curlew.Params table<string, any>|any[]|curlew.Row

---Runs a statement and gives the number of affected rows. A list of parameter lists (or of tables) runs as one
---batch.
---@param sql string
---@param params? curlew.Params|curlew.Params[]
---@return integer affected
function Conn:execute(sql, params) end

---Iterates over the rows of a query without holding them all: `for row in conn:rows(sql, params) do`. Other
---statements may run meanwhile. The rows are let go of when the loop ends, by `break` or an error too.
---@param sql string
---@param params? curlew.Params
---@return fun(state: any): curlew.Row?
---@return any state
---@return nil
---@return any closing
function Conn:rows(sql, params) end

---All rows of a query, as a list.
---@param sql string
---@param params? curlew.Params
---@return curlew.Row[]
---@nodiscard
function Conn:all(sql, params) end

---The first row of a query, or nil.
---@param sql string
---@param params? curlew.Params
---@return curlew.Row?
---@nodiscard
function Conn:first(sql, params) end

---The first value of the first row, or nil.
---@param sql string
---@param params? curlew.Params
---@return any
---@nodiscard
function Conn:scalar(sql, params) end

---The first value of every row, as a list in which NULL is `op.null`.
---@param sql string
---@param params? curlew.Params
---@return any[]
---@nodiscard
function Conn:column(sql, params) end

---Gives an error back instead of raising it: `conn:try(sql, params)` gives all rows of a statement that has
---some, else the number of affected rows; `conn:try(fn, ...)` what the function returns. On failure nil and the
---error. It opens no savepoint: on PostgreSQL a failed statement ends the transaction, see `op.savepoint`.
---@param sql string|function
---@param ... any
---@return any result
---@return curlew.Error? err
function Conn:try(sql, ...) end

---A name as it is written in SQL, quoted where it has to be.
---@param name string
---@return string
---@nodiscard
function Conn:quote(name) end

---A value as an SQL literal.
---@param value any
---@return string
---@nodiscard
function Conn:literal(value) end

---An inspector on the live catalog.
---@return curlew.Inspector
---@nodiscard
function Conn:inspect() end

---Closes a connection that `curlew.connect` opened. The connection of a migration belongs to curlew.
function Conn:close() end

---What a failed statement or operation raises. `tostring(err)` is the message with its place.
---@class curlew.Error
---@field code string what kind: "statement", "unsupported", "offline", "script", ...
---@field message string
---@field hint string? what to do next
---@field sqlstate string? five characters
---@field native integer? the driver's own code
---@field detail string? the server's detail
---@field statement string? the SQL, values not filled in
---@field revision string?
---@field step integer?
---@field database string?
---@field file string? where in the script
---@field line integer?
---@field traceback string?

return Conn
