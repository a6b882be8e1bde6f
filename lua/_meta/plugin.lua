---@meta curlew.plugin

---What a plugin's file returns; docs/plugins.md tells the whole.
---@class curlew.Manifest
---@field name string
---@field version string "1.0.0"
---@field api 1
---@field description? string one sentence
---@field requires? (string|table)[]|table<string, string> other plugins: "money", "audit >= 1.2", curlew = ">= 0.1"
---@field operations? table<string, curlew.PluginOperation>
---@field types? table<string, curlew.PluginType|string|function>
---@field dialects? table<string, curlew.PluginDialect>
---@field commands? table<string, curlew.PluginCommand|function>
---@field hooks? curlew.PluginHooks
---@field lint? table<string, any> rules, by name
---@field comparators? table<string, any> of autogenerate, by name

---@alias curlew.PluginSql string|table|fun(o: table, d: curlew.PluginD, env: curlew.PluginEnv): string|table|nil

---What `compile` gets beside the record and the dialect; with `replace = true` it is `super` alone.
---@class curlew.PluginEnv
---@field conn? curlew.Conn for reads of the catalog; nil under --sql
---@field offline boolean
---@field compile fun(record: table): table[] the statements of another operation's record
---@field super fun(): table[] with `like`: the statements of the built-in operation

---@class curlew.PluginOperation
---@field args? table positional arguments: "name" or { "name", "kind", default =, doc = }
---@field options? table[] options likewise; `required = true` for those that can't be left out
---@field compile? table<string, curlew.PluginSql>|curlew.PluginSql by dialect, server or "default"
---@field execute? table<string, curlew.PluginExecute>|curlew.PluginExecute instead of SQL: the work itself
---@field like? string the built-in operation whose arguments, probe and reversal it has
---@field reverse? fun(o: table, reversal: table[]?): table|string|nil a record, SQL text, or a list of these
---@field probe? fun(o: table, conn: curlew.Conn, d: curlew.PluginD): boolean? whether it has happened
---@field render? fun(o: table): string Lua source of the call
---@field check? fun(o: table, d: curlew.PluginD): string? what is wrong with the arguments
---@field summary? fun(o: table): string
---@field digest? fun(o: table): table what identifies the operation, unless that is the whole record
---@field result? fun(o: table, affected: integer): any what the call returns
---@field destructive? boolean
---@field transactional? boolean|table<string, boolean>|fun(o: table, d: curlew.PluginD): boolean
---@field ddl? boolean false when it defines nothing
---@field replace? boolean takes the place of a built-in operation's SQL on the dialects of `compile`
---@field doc? string

---@alias curlew.PluginExecute fun(o: table, conn: curlew.Conn, d: curlew.PluginD): integer?

---@class curlew.PluginType
---@field args? table[] { "name", "integer"|"boolean"|"string"|"strings"|"type", required = }
---@field options? table<string, string> name to kind
---@field sql table<string, string|fun(t: table, d: curlew.PluginD): string>|string|function by dialect
---@field compile? table the same as sql

---@class curlew.PluginDialect
---@field inherits string
---@field detect? fun(conn: curlew.Conn): boolean?
---@field title? string its name for people
---@field oldest? string the version that is assumed offline
---@field compile? table<string, fun(o: table, d: curlew.PluginD, super: fun(other: table?): table[]): string|table>
---@field refuse? table<string, string|true> by operation: what to do instead
---@field types? table<string, string|fun(t: table, d: curlew.PluginD, column: table?): string>
---@field methods? table<string, fun(d: curlew.PluginD, ...): any>
---@field reserved? string[]

---@class curlew.PluginCommand
---@field run fun(ctx: curlew.CommandCtx, args: table): string|table|nil
---@field summary? string
---@field help? string
---@field args? string of the usage line: "TABLE..."
---@field min_args? integer
---@field max_args? integer
---@field options? table[] { "name", letter =, value =, doc =, choices =, repeated = }
---@field connect? boolean false: no connection
---@field writes? boolean true: the connection may write

---@class curlew.PluginHooks
---@field on_connect? fun(conn: curlew.Conn)
---@field before_step? fun(info: curlew.HookInfo)
---@field after_step? fun(info: curlew.HookInfo)
---@field on_version_apply? fun(info: curlew.HookInfo)
---@field on_autogenerate? function

---What a command gets; without a connection only what needs none is there.
---@class curlew.CommandCtx
---@field conn? curlew.Conn
---@field database? string
---@field dialect? string
---@field server? string
---@field server_version? string
---@field offline? boolean
---@field x? table<string, string|true>
---@field config? table

---The dialect, as compile functions use it.
---@class curlew.PluginD
---@field name string "sqlite", "postgresql" or "mysql"
---@field server string
---@field title string
---@field version integer[]
local D = {}

---@param name string
---@return string
function D:quote(name) end

---@param schema string?
---@param name string
---@return string
function D:qualified(schema, name) end

---@param names string[]
---@return string
function D:names(names) end

---@param value any
---@return string
function D:literal(value) end

---@param t curlew.Type|{ name: string }
---@return string
function D:type(t) end

---@param ... integer
---@return boolean
function D:at_least(...) end

---@param what string
---@param instead string?
function D:refuse(what, instead) end
