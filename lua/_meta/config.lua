---@meta curlew.config

---What curlew.lua returns, or what the function returns that it returns.
---@class curlew.Config
---@field url? string|fun(): string the database; a function is called when a connection is needed
---@field migrations? string folder of the template and of versions/ (default "migrations")
---@field version_locations? string[] folders of revisions; `recursive = true` walks their sub-folders
---@field recursive? boolean the same for the default folder
---@field databases? curlew.Database[]|fun(args: curlew.ConfigArgs): curlew.Database[]
---@field default_database? string the one that is meant without -x db=NAME
---@field version_table? string default "curlew_version"
---@field version_table_schema? string
---@field transaction? "each"|"all"|"none" default "each"
---@field lock? { timeout?: string|number, kind?: "auto"|"session"|"lease" }
---@field ddl? { lock_timeout?: string|number, retries?: integer, statement_timeout?: string|number }
---@field file_template? string default "%(rev)_%(slug)"
---@field revision_ids? "random"|"date"|"sequence"
---@field truncate_slug_length? integer default 40
---@field timezone? string of file names and create dates (default: local)
---@field post_write_hooks? string[][] argument lists; `{path}` is the new file
---@field plugins? string[]
---@field plugin_path? string[]
---@field naming_convention? table<string, string> names of unnamed constraints and indexes
---@field models? string|string[]|fun(): curlew.Metadata the module that declares the tables, or several
---@field compare_type? boolean|function what autogenerate compares, and with what
---@field compare_default? boolean|function
---@field compare_server_default? boolean|function the same by Alembic's name
---@field compare_comment? boolean
---@field include_name? function
---@field include_object? function
---@field include_schemas? boolean|string[]
---@field on_autogenerate? function
---@field on_connect? fun(conn: curlew.Conn, ctx: curlew.Context)
---@field before_step? fun(info: curlew.HookInfo)
---@field after_step? fun(info: curlew.HookInfo)
---@field on_version_apply? fun(info: curlew.HookInfo)

---@class curlew.Database
---@field name string
---@field url string|fun(): string
---@field migrations? string its own folder, when it does not share the project's
---@field version_locations? string[]
---@field [string] any

---What a configuration function is called with.
---@class curlew.ConfigArgs
---@field x table<string, string|true>
---@field command string
---@field offline boolean
---@field tag? string

---What a hook is told; fields that don't apply are nil.
---@class curlew.HookInfo
---@field event "before_step"|"after_step"|"on_version_apply"
---@field database string?
---@field revision string?
---@field direction "upgrade"|"downgrade"
---@field step integer?
---@field op string?
---@field sql string?
---@field duration_ms integer? after_step
---@field rows_before string? on_version_apply: the version rows, comma-separated
---@field rows_after string?

---`require "curlew"` in a configuration.
---@class curlew.Curlew
---@field version string
local curlew = {}

---Opens a read-only connection, for settings that come from a database; it is closed when the configuration has
---been loaded.
---@param url string
---@return curlew.Conn
---@nodiscard
function curlew.connect(url) end

return curlew
