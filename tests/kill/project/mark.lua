--- Counts in a table that the harness has made: each mark must be left exactly once.
local op = require "op"

return function(name)
  op.execute("UPDATE witness SET n = n + 1 WHERE name = :name", { name = name })
end
