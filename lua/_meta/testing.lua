---@meta curlew.testing

---`require "curlew.testing"`: for specs of a project's own migrations.
---@class curlew.testing
local testing = {}

---@class curlew.testing.Options
---@field config? string
---@field url? string beside that database one is made; default: in memory
---@field x? table<string, string|boolean>
---@field tag? string
---@field database? string one of several
---@field prepare? string|fun(conn: curlew.Conn) what migrations expect to be there

---A fresh database with nothing applied. Close it, or write `local db <close> = testing.fresh()`.
---@param options? curlew.testing.Options
---@return curlew.testing.Database
---@nodiscard
function testing.fresh(options) end

---Calls fn(db) with a fresh database, which is closed whatever happens; gives what it returns.
---@param options curlew.testing.Options?
---@param fn fun(db: curlew.testing.Database): any
---@return any
function testing.with(options, fn) end

---@class curlew.testing.Check: curlew.Check
---@field text string what is wrong

---The checks of `curlew test`, made beside the configured database or that of `url`.
---@param options? curlew.testing.Options
---@return curlew.testing.Check[]
function testing.checks(options) end

---Whether two snapshots are equal, else nil and what differs. With `counts` rows are only counted.
---@param before curlew.Snapshot
---@param after curlew.Snapshot
---@param options? { counts: boolean? }
---@return true?
---@return string? differences
function testing.same(before, after, options) end

---A fresh database. What checks something gives true, or nil and a text, and so stands in `assert`.
---@class curlew.testing.Database
---@field project curlew.Project
local Database = {}

---@param revision? string default "head"
---@return integer count
function Database:upgrade(revision) end

---@param revision string
---@return integer count
function Database:downgrade(revision) end

---The ids of the applied heads, sorted.
---@return string[]
---@nodiscard
function Database:current() end

---All revisions in the order of an upgrade.
---@return table[]
---@nodiscard
function Database:revisions() end

---Goes to a revision, up or down, then calls fn(conn, db); gives what it returns.
---@param revision string an id
---@param fn? fun(conn: curlew.Conn, db: curlew.testing.Database): any
---@return any
function Database:at(revision, fn) end

---A connection, the same one on every call.
---@return curlew.Conn
---@nodiscard
function Database:connection() end

---@param sql string
---@param params? curlew.Params|curlew.Params[]
---@return integer affected
function Database:execute(sql, params) end

---@param sql string
---@param params? curlew.Params
---@return curlew.Row[]
---@nodiscard
function Database:all(sql, params) end

---@param sql string
---@param params? curlew.Params
---@return curlew.Row?
---@nodiscard
function Database:first(sql, params) end

---@param sql string
---@param params? curlew.Params
---@return any
---@nodiscard
function Database:scalar(sql, params) end

---@param sql string
---@param params? curlew.Params
---@return any[]
---@nodiscard
function Database:column(sql, params) end

---@return curlew.Inspector
---@nodiscard
function Database:inspect() end

---Whether a query gives these rows, in this order: each a list, a table by column name, or (of a single column) a value.
---@param sql string
---@param expected any
---@param params? curlew.Params
---@return true?
---@return string? text
function Database:gives(sql, expected, params) end

---Whether SQL or a function of a connection fails, with `pattern` in the message or as its SQLSTATE or code.
---@param what string|fun(conn: curlew.Conn)
---@param pattern? string
---@param params? curlew.Params
---@return true?
---@return any err_or_text
function Database:refuses(what, pattern, params) end

---@param options? { data: boolean? }
---@return curlew.Snapshot
---@nodiscard
function Database:snapshot(options) end

---@class curlew.testing.RoundTrip
---@field seeds? table<string, fun(conn: curlew.Conn, db: curlew.testing.Database)> by revision, called once it is applied
---@field lossy? string[]|table<string, any> revisions whose rows need not come back
---@field to? string the last revision

---Every revision that is not applied yet, up, down and up again, with schema and rows compared.
---@param options? curlew.testing.RoundTrip
---@return true?
---@return string? text
function Database:up_down_up(options) end

---Twice is fine.
function Database:close() end

return testing
