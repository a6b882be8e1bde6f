--- A plain Lua program that uses the C module from one end to the other, errors too: what scripts/valgrind watches.
--- Arguments: a folder for the project.
local curlew = require "curlew"
local testing = require "curlew.testing"

local folder = arg[1]

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
end

assert(os.execute(("mkdir -p '%s/migrations/versions'"):format(folder)))
write("curlew.lua", "return { url = 'sqlite:///walk.db' }")
write("migrations/versions/a.lua", [[-- first
local op = require "op"
return { revision = "aaaa1",
  upgrade = function() op.create_table("t", { { "id", op.types.bigint, primary_key = true }, { "name", op.types.text } }) end,
  downgrade = function() op.drop_table "t" end }]])
write("migrations/versions/b.lua", [[-- second
local op = require "op"
return { revision = "bbbb2", down_revision = "aaaa1",
  upgrade = function(ctx) op.insert("t", { name = "x" }) if ctx.x.fail then op.execute "nonsense" end end,
  downgrade = function() op.delete("t", op.all) end }]])

local config = folder .. "/curlew.lua"

local function fails(code, fn, ...)
  local ok, e = pcall(fn, ...)
  assert(not ok and e.code == code, tostring(e))
end

for _ = 1, 2 do
  local p = curlew.open { config = config, x = { who = "valgrind" } }
  assert(p:upgrade() == 2 and p:current()[1].revision == "bbbb2")
  local conn = p:connect()
  assert(conn:execute("INSERT INTO t (name) VALUES (?)", { { "a" }, { "b" } }) == 2)
  for row in conn:rows "SELECT * FROM t ORDER BY id" do -- left before its end
    if row.name == "a" then break end
  end
  assert(#conn:inspect():columns "t" == 2 and conn:quote "order" and conn:literal "it's")
  fails("statement", conn.execute, conn, "nonsense")
  assert(not conn:try "SELECT * FROM nowhere")
  fails("unknown_revision", p.upgrade, p, "zzzz")
  assert(p:downgrade "base" == 2 and #p:upgrade("head", { sql = true }) > 0)
  assert(p:snapshot { data = true })
  p:close()
  fails("usage", conn.all, conn, "SELECT 1")
end

local failing = curlew.open { config = config, x = { fail = true } }
fails("statement", failing.upgrade, failing)
fails("no_config", curlew.open, { config = folder .. "/gone.lua" })
local _ = failing:connect() -- left open, as is the project

testing.with({ config = config }, function(db) assert(db:up_down_up()) end)
for _, check in ipairs(testing.checks { config = config }) do assert(check.ok, check.text) end
print "walked"
