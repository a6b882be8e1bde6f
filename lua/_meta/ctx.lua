---@meta curlew.ctx

---The argument of `upgrade` and `downgrade`; `op.get_context()` gives the same table. It can't be changed, and
---reading a field that it does not have is an error.
---@class curlew.Context
---@field database string the database's name in the configuration, or "default"
---@field dialect "sqlite"|"postgresql"|"mysql" MariaDB is "mysql"
---@field server string "mariadb" tells itself from "mysql"
---@field server_version string "15.18"
---@field direction "upgrade"|"downgrade"
---@field offline boolean true with --sql and --dry-run: the database can't be read
---@field x table<string, string|true> the -x options
---@field config table<string, any> the configuration

---What a revision file returns.
---@class curlew.Revision
---@field revision string the id
---@field down_revision? string|string[] the parent, or the parents of a merge
---@field branch_labels? string|string[]
---@field depends_on? string|string[] ids or labels
---@field transaction? "each"|"all"|"none" instead of the configuration's
---@field irreversible? string why it can't be undone
---@field upgrade curlew.Move|table<string, curlew.Move> a function, or functions by database name
---@field downgrade? curlew.Move|table<string, curlew.Move>

---@alias curlew.Move fun(ctx: curlew.Context)
