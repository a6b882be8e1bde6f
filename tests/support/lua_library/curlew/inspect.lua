--- Stand-in for the inspector.
local M = {}
function M.new(conn, dialect)
  return {
    has_table = function(_, name)
      return conn:scalar("SELECT count(*) FROM sqlite_master WHERE name = :name", { name = name }) == 1
    end,
    dialect = dialect.name,
  }
end
return M
