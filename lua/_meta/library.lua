---@meta curlew.library

---`require "curlew"` in plain Lua 5.4.
---@class curlew.Library
---@field version string
---@field null any NULL in parameters
local library = {}

---@class curlew.OpenOptions
---@field config? string
---@field url? string
---@field x? table<string, string|boolean>
---@field tag? string
---@field scratch? true|string a database of its own, dropped with the project: beside the configured one, or that of a URL

---@param options? curlew.OpenOptions
---@return curlew.Project
---@nodiscard
function library.open(options) end

---Works in curlew.lua only, where it opens a read-only connection; here it is an error that says what to do instead.
---@param url string
function library.connect(url) end

---@class curlew.RunOptions
---@field database? string
---@field sql? boolean gives the script instead of running it
---@field dry_run? boolean gives what would be run now
---@field purge? boolean of stamp

---An opened project.
---@class curlew.Project
local Project = {}

---@param revision? string default "head"
---@param options? curlew.RunOptions
---@return integer|string count how many revisions, or the SQL
function Project:upgrade(revision, options) end

---@param revision string
---@param options? curlew.RunOptions
---@return integer|string count
function Project:downgrade(revision, options) end

---@param revisions string|string[]
---@param options? curlew.RunOptions
---@return integer|string count
function Project:stamp(revisions, options) end

---@param options? { database: string? }
---@return table[] revisions
function Project:current(options) end

---@param options? { database: string? }
---@return table[] revisions
function Project:heads(options) end

---@param options? { database: string? }
---@return table[] revisions
function Project:history(options) end

---@class curlew.RevisionOptions
---@field message? string
---@field head? string|string[]
---@field splice? boolean
---@field branch_label? string
---@field rev_id? string
---@field version_path? string
---@field depends_on? string|string[]
---@field autogenerate? boolean fill it with what takes the database to the models

---@param options curlew.RevisionOptions
---@return table? written nil when autogenerate found nothing to write
function Project:revision(options) end

---What autogenerate would write: a list of operations (`op`, `summary`, `source`, `destructive`), empty when the
---database is what the models say; with the lists `notes` and `problems`.
---@param options? { database: string? }
---@return table[]
function Project:check(options) end

---@class curlew.Check
---@field name string
---@field ok boolean
---@field problems string[]
---@field revision? string
---@field skip? string
---@field duration_ms integer

---The checks of `curlew test`.
---@param options? { database: string?, in_place: boolean?, url: string? }
---@return curlew.Check[]
function Project:test(options) end

---What is in a database, as text: lines by object, and with `data` the rows by table.
---@class curlew.Snapshot
---@field objects table<string, string[]>
---@field rows? table<string, string[]>

---@param options? { database: string?, data: boolean? }
---@return curlew.Snapshot
function Project:snapshot(options) end

---@param options? { database: string? }
---@return curlew.Conn
---@nodiscard
function Project:connect(options) end

function Project:close() end

return library
