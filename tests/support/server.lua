--- The databases of end-to-end specs, reached by their own client programs (psql, mariadb, sqlite3),
--- so a test never asks curlew what curlew did.
local lfs = require "lfs"
local process = require "support.process"

local M = {}
local created = 0

-- A name no other test process uses at the same time.
local function fresh_name()
  created = created + 1
  local file = assert(io.open("/proc/self/stat"))
  local pid = file:read("n")
  file:close()
  return ("cw_%d_%d_%d"):format(os.time() % 100000, pid, created)
end

local function base_url(db)
  local variable = "CURLEW_TEST_" .. db:upper() .. "_URL"
  return os.getenv(variable) or error(variable .. " is not set; run: eval \"$(scripts/servers env)\"", 3)
end

--- The URL of another database on the same server.
function M.with_database(url, name)
  return (url:gsub("^([^:]+://[^/]*)/[^?]*", function(head) return head .. "/" .. name end))
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- { scheme, user, password, host, port, database } of a URL.
function M.parts(url)
  local scheme, user, password, host, port, database =
    url:match("^([^:]+)://([^:@/]*):?([^@/]*)@([^:/]+):?(%d*)/([^?]*)")
  if not scheme then error("not a URL of a test server: " .. url, 2) end
  return { scheme = scheme, user = decode(user), password = decode(password), host = host, port = port,
           database = decode(database) }
end

local function client(url)
  if url:find("^sqlite:") then
    return ("sqlite3 -bail -batch -noheader -separator '\t' -nullvalue NULL %s"):format(
      process.quote(url:gsub("^sqlite:///", "")))
  elseif url:find("^postgresql:") then
    return ("psql -X -q -A -t -v ON_ERROR_STOP=1 -F '\t' -P null=NULL -d %s"):format(process.quote(url))
  end
  local p = M.parts(url)
  local options = "--no-defaults --batch --skip-column-names --default-character-set=utf8mb4"
  return ("MYSQL_PWD=%s mariadb %s -u %s -h %s -P %s %s"):format(process.quote(p.password), options,
    process.quote(p.user), p.host, p.port, process.quote(p.database))
end

--- Runs SQL with the database's client; rows as lists of strings. A statement that fails raises, with
--- what the client said.
function M.sql(url, text)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(text, "\n")
  file:close()
  local pipe = assert(io.popen(("%s <%s 2>&1"):format(client(url), name), "r"))
  local output = pipe:read("a")
  local ok = pipe:close()
  os.remove(name)
  if not ok then error("the database refused:\n" .. text .. "\n" .. output, 2) end
  local rows = {}
  for line in output:gmatch("[^\n]+") do
    local row = {}
    for field in (line .. "\t"):gmatch("([^\t]*)\t") do row[#row + 1] = field end
    rows[#rows + 1] = row
  end
  return rows
end

--- Creates an empty database; returns its URL and a function that drops it.
function M.create(db)
  local base, name = base_url(db), fresh_name()
  M.sql(base, "CREATE DATABASE " .. name)
  return M.with_database(base, name), function()
    M.sql(base, "DROP DATABASE " .. name .. (db == "postgresql" and " WITH (FORCE)" or ""))
  end
end

--- Whether a table (or view) is there, in the connection's own schema.
function M.has_table(url, name)
  local text
  if url:find("^sqlite:") then
    if not lfs.attributes((url:gsub("^sqlite:///", ""))) then return false end
    text = ("SELECT count(*) FROM sqlite_schema WHERE name = '%s'"):format(name)
  elseif url:find("^postgresql:") then
    text = ("SELECT count(*) FROM pg_class WHERE relname = '%s' AND relnamespace = current_schema()::regnamespace")
      :format(name)
  else
    text = ("SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = '%s'")
      :format(name)
  end
  return M.sql(url, text)[1][1] ~= "0"
end

return M
