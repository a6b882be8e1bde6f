--- CockroachDB as a dialect: PostgreSQL's but for what its server does in another way. It was written from the
--- documentation of CockroachDB 23.1 to 24.3 and is compared with golden files; it has not been tried on a
--- server. docs/plugins/cockroachdb.md lists the limits.

local M = {
  name = "cockroachdb", version = "1.0.0", api = 1, requires = { curlew = ">= 0.1" },
  description = "CockroachDB, as a dialect that inherits from PostgreSQL's.",
}

--- Without what means nothing there.
local function plain(o)
  local copy = {}
  for key, value in pairs(o) do copy[key] = value end
  copy.concurrently = nil
  return copy
end

M.dialects = {
  cockroachdb = {
    inherits = "postgresql", title = "CockroachDB", oldest = "23.1",
    -- The wire protocol says which PostgreSQL it plays; version() says what it is.
    detect = function(conn) return (conn:scalar("SELECT version()") or ""):find("CockroachDB", 1, true) ~= nil end,
    types = {
      json = "JSONB", -- both are JSONB there; said so, it reflects the same
    },
    refuse = {
      create_exclude_constraint = "use a unique constraint, or check in a serializable transaction",
      create_extension = "there are none; what it has is built in",
      drop_extension = "there are none",
      create_trigger = "write what it does into the statements, or use a changefeed",
      drop_trigger = "there are none",
      rename_constraint = "drop it and create it under the other name",
    },
    compile = {
      -- Every index is built online, in the transaction.
      create_index = function(o, _, super) return super(plain(o)) end,
      drop_index = function(o, _, super) return super(plain(o)) end,
      -- The old values stay readable while the new ones are written; the server takes no USING with it.
      alter_column = function(o, d, super)
        if o.using then
          d:refuse("op.alter_column with using", "add a column, fill it with op.batch_update, drop the old one")
        end
        return super()
      end,
      -- A unique constraint is its index, and goes with it.
      drop_constraint = function(o, d, super)
        if o.type ~= "unique" or not o.name then return super() end
        return ("DROP INDEX %s%s@%s CASCADE"):format(o.if_exists and "IF EXISTS " or "", d:qualified(o.schema, o.table),
          d:quote(o.name))
      end,
      create_sequence = function(o, d, super)
        if o.cycle then d:refuse("op.create_sequence with cycle", "leave it out") end
        return super()
      end,
      add_enum_value = function(o, d, super)
        if o.if_not_exists then d:refuse("op.add_enum_value with if_not_exists", "look with op.inspect():enums()") end
        return super()
      end,
    },
    methods = {
      --- Without a block that catches the error: CREATE TYPE knows IF NOT EXISTS there.
      create_enum_offline = function(d, schema, name, values)
        return (d:create_enum_sql(schema, name, values):gsub("^CREATE TYPE ", "CREATE TYPE IF NOT EXISTS "))
      end,
      --- DEFERRABLE is not known; NOT DEFERRABLE is what there is.
      deferral = function(d, text)
        if text:find("^ NOT DEFERRABLE") or text == "" then return "" end
        d:refuse("deferrable constraints", "leave deferrable and initially out")
      end,
    },
    reserved = { "family", "index", "nothing", "virtual", "work" },
  },
}

M.hooks = {
  --- From 25.1 a definition commits the transaction around it unless this is off, and a revision would no
  --- longer be all or nothing. Older servers don't know the setting, and need none.
  on_connect = function(conn)
    if conn.server ~= "cockroachdb" then return end
    if conn:scalar("SELECT count(*) FROM pg_catalog.pg_settings WHERE name = 'autocommit_before_ddl'") > 0 then
      conn:execute("SET autocommit_before_ddl = off")
    end
  end,
}

return M
