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

---@param options? curlew.OpenOptions
---@return curlew.Project
---@nodiscard
function library.open(options) end

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

---@param options { message: string?, head: (string|string[])?, splice: boolean?, branch_label: string?, rev_id: string?,
--- version_path: string?, depends_on: (string|string[])? }
---@return table written
function Project:revision(options) end

---@param options? { database: string? }
---@return curlew.Conn
---@nodiscard
function Project:connect(options) end

function Project:close() end

return library
