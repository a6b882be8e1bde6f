--- A database of the kill matrix: how it is emptied, filled, asked, and reached through the fault. What is
--- to be done comes as shell commands, so that a case is one shell.
local server = require "support.server"
local state = require "kill.state"

local M = {}

local root = assert(os.getenv "CURLEW_SOURCE_DIR", "CURLEW_SOURCE_DIR is not set")
local bin = assert(os.getenv "CURLEW_BIN", "CURLEW_BIN is not set")
local proxy = assert(os.getenv "FAULT_PROXY", "FAULT_PROXY is not set")
local shim = assert(os.getenv "FILE_FAULT", "FILE_FAULT is not set")

M.TIMEOUT = 60 -- seconds that a run may take
local TIMEOUT = M.TIMEOUT

-- "pair": a second runner is started at the point and given half a second, in which it ends or comes to
-- wait; then the first one goes on, and both have to succeed.
local PAIR = [[
unset FAULT_PROXY_PORT FILE_FAULT_PATH LD_PRELOAD
{ %s >DIR/out2 2>&1; echo $? >DIR/rc2; } &
for i in 1 2 3 4 5 6 7 8 9 10; do
  [ ! -s DIR/rc2 ] && [ ! -e DIR/paused ] || break
  sleep 0.05
done
]]
-- "weave": the second one stops at a point of its own, until the first has ended or come to wait for it.
local PAUSE = [[
: >DIR/paused
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  [ ! -s DIR/rc1 ] || break
  sleep 0.05
done
]]

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- Databases ---------------------------------------------------------------------------------------

local Target = {}
Target.__index = Target

--- A database of this worker's own.
function M.open(db, number)
  local t = setmetatable({ db = db, wire = db ~= "sqlite" }, Target)
  t.dir = assert(io.popen("mktemp -d \"${TMPDIR:-/tmp}/curlew-kill-XXXXXX\"")):read("l")
  t.name = ("kill_%d_%d"):format(assert(tonumber(read("/proc/self/stat"):match("^%d+"))), number)
  if t.wire then
    local variable = "CURLEW_TEST_" .. db:upper() .. "_URL"
    t.base = os.getenv(variable)
    if not t.base then
      print(("SKIPPED: %s: %s is not set; run: eval \"$(scripts/servers env)\""):format(db, variable))
      os.exit(77)
    end
    t.parts = server.parts(t.base)
    t.url = server.with_database(t.base, t.name)
  else
    t.file = t.dir .. "/kill.db"
    t.url = "sqlite:///" .. t.file
  end
  write(t.dir .. "/witness.sql", state.witness())
  write(t.dir .. "/head.sql", state.query(db, state.at_head))
  write(t.dir .. "/base.sql", state.query(db, state.at_base))
  return t
end

-- The database's own client, as shell words.
function Target:client(url)
  if not self.wire then return "sqlite3 -batch -noheader -nullvalue NULL " .. quote(self.file) end
  if self.db == "postgresql" then
    return "PGOPTIONS='-c client_min_messages=error' psql -X -q -A -t -P null=NULL -d " .. quote(url)
  end
  local p = self.parts
  return ("MYSQL_PWD=%s mariadb --no-defaults --batch --skip-column-names -u %s -h %s -P %s %s"):format(
    quote(p.password), quote(p.user), p.host, p.port, server.parts(url).database)
end

--- Before each case. A database of MariaDB that was killed, or had no room left, may hold files that nothing
--- can drop: on servers of its own each case gets another one.
function Target:next()
  if not self.on_its_own or self.db == "postgresql" then return end
  self:drop_database()
  self.number = (self.number or 0) + 1
  self.name = ("%s_%d"):format(self.name:match("^kill_%d+_%d+"), self.number)
  self.url = server.with_database(self.base, self.name)
end

-- Shell commands that make the database anew, with the table of marks.
function Target:fresh()
  local witness = ("%s <%s/witness.sql"):format(self:client(self.url), self.dir)
  if not self.wire then return ("rm -f %s*; %s"):format(self.file, witness) end
  local force = self.db == "postgresql" and " WITH (FORCE)" or ""
  return ("printf 'DROP DATABASE IF EXISTS %s%s;\\nCREATE DATABASE %s;\\n' | %s && %s"):format(self.name, force,
    self.name, self:client(self.base), witness)
end

function Target:drop_database()
  local force = self.db == "postgresql" and " WITH (FORCE)" or ""
  os.execute(("echo 'DROP DATABASE IF EXISTS %s%s' | %s >/dev/null 2>&1"):format(self.name, force,
    self:client(self.base)))
end

function Target:drop()
  if self.wire then self:drop_database() end
  os.execute("rm -rf " .. quote(self.dir))
end

-- Modes in which a command is run at the point: what it is, and how the proxy calls that. What is done
-- to servers comes from scripts/kill-matrix.
local COMMANDS = {
  pair = { "run" },
  weave = { "run" },
  down = { "run", os.getenv "KILL_DOWN" },
  crash = { "while", os.getenv "KILL_CRASH" },
  disk = { "run", os.getenv "KILL_FILL" },
}

--- The modes that kill servers or fill their disk, as far as this server may be treated so.
function M.server_modes()
  if not os.getenv "KILL_CRASH" then return {} end
  return os.getenv "KILL_FILL" and { "down", "crash", "disk" } or { "down", "crash" }
end

-- curlew as run number `n`, with an action of the proxy, or of what stands before the file.
function Target:through(words, n, action, point, command)
  local side, number = point:match("^(%a):(%d+)$")
  if not self.wire then
    local run = action == "none" and "" or ("FILE_FAULT_DO=%s FILE_FAULT_AT=%s "):format(action, number)
    if command then run = ("%sFILE_FAULT_RUN=%s "):format(run, quote(command)) end
    return ("%sFILE_FAULT_PATH=kill.db FILE_FAULT_REPORT=%s/report%d ASAN_OPTIONS=verify_asan_link_order=0 "
      .. "LD_PRELOAD=%s timeout -k 1 %d %s %s"):format(run, self.dir, n, quote(shim), TIMEOUT, bin, words)
  end
  local at = action == "none" and "" or ("--do %s --at %s:%s"):format(action, side, number)
  if command then at = ("%s --run %s"):format(at, quote(command)) end
  return ("%s --protocol %s --server %s:%s --report %s/report%d --log %s/log --timeout %d %s -- %s %s"):format(proxy,
    self.db == "postgresql" and "postgresql" or "mysql", self.parts.host, self.parts.port, self.dir, n, self.dir,
    TIMEOUT, at, bin, words)
end

--- Run number `n` of a case: curlew with the fault { mode =, point =, other = }; mode "none" only counts.
function Target:faulted(words, fault, n)
  local at_point = COMMANDS[fault.mode]
  if not at_point then return self:through(words, n, fault.mode, fault.point) end
  local command = at_point[2]
  if not command then
    local other = ("timeout -k 1 %d %s %s"):format(TIMEOUT, bin, words)
    if fault.other then
      write(self.dir .. "/pause", (PAUSE:gsub("DIR", self.dir)))
      other = self:through(words, 2, "run", fault.other, "sh " .. self.dir .. "/pause")
    end
    write(self.dir .. "/other", (PAIR:gsub("DIR", self.dir):gsub("%%s", function() return other end)))
    command = "sh " .. self.dir .. "/other"
  end
  return self:through(words, n, at_point[1], fault.point, command)
end

-- Shell words that print the state.
function Target:state(command)
  return ("%s <%s/%s.sql"):format(self:client(self.url), self.dir, command == "up" and "head" or "base")
end

--- What they have printed; the database's name, which is in its views, does not count.
function Target:read_state()
  return (read(self.dir .. "/state"):gsub(self.name, "DATABASE"))
end

function Target:env(transaction)
  return ("export KILL_URL=%s KILL_TRANSACTION=%s; unset LD_PRELOAD; cd %s/tests/kill/project"):format(
    quote(self.url), transaction, root)
end

-- Shell commands that bring the database to where the command starts. Made once, SQLite copies it.
function Target:prepare(command)
  if command == "up" then return self:fresh() end
  if not self.wire then
    local kept = self.dir .. "/head.kept"
    return ("rm -f %s*; if [ -e %s ]; then cp %s %s; else %s && %s upgrade && cp %s %s; fi"):format(self.file, kept,
      kept, self.file, self:fresh(), bin, self.file, kept)
  end
  if self.db == "postgresql" then
    local kept = self.name .. "_head"
    if not self.has_head then
      self.has_head = kept
      return ("%s && %s upgrade && printf 'CREATE DATABASE %s TEMPLATE %s;' | %s"):format(self:fresh(), bin, kept,
        self.name, self:client(self.base))
    end
    -- A copied sequence forgets in a crash what it gave away since the copy, unless a checkpoint came first.
    return ("printf 'DROP DATABASE IF EXISTS %s WITH (FORCE);\\nCREATE DATABASE %s TEMPLATE %s;\\n%s' | %s"):format(
      self.name, self.name, kept, self.on_its_own and "CHECKPOINT;" or "", self:client(self.base))
  end
  return ("%s && %s upgrade"):format(self:fresh(), bin)
end

--- Runs shell commands, one after the other.
function Target:script(lines)
  return os.execute(("sh -c %s >%s/sh.out 2>&1"):format(quote(table.concat(lines, "\n")), self.dir))
end

return M
