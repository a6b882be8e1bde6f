--- The kill matrix: real migrations, cut at one point, then the same command again without flags; the
--- database has to end as after an uninterrupted run. See README.md, and scripts/kill-matrix for the
--- command line.
---
---     matrix.lua DATABASE [--sample N] [--seed S] [--modes cut,kill] [--case ID] [--worker I/N] [--list]
---
--- A case is DATABASE/COMMAND/TRANSACTION/MODE@POINT: "mysql/up/each/kill@c:17" kills curlew just before
--- its 17th message to the server. Points are counted in an uninterrupted run first.
local lfs = require "lfs"
local server = require "support.server"
local state = require "kill.state"

local root = assert(os.getenv "CURLEW_SOURCE_DIR", "CURLEW_SOURCE_DIR is not set")
local bin = assert(os.getenv "CURLEW_BIN", "CURLEW_BIN is not set")
local proxy = assert(os.getenv "FAULT_PROXY", "FAULT_PROXY is not set")
local shim = assert(os.getenv "FILE_FAULT", "FILE_FAULT is not set")
local TIMEOUT = 60 -- seconds that a run may take
local ENOUGH = 20  -- failures after which a worker stops

-- "pair": a second runner is started at the point and given half a second, in which it ends or comes to
-- wait; then the first one goes on, and both have to succeed.
local PAIR = [[
unset FAULT_PROXY_PORT FILE_FAULT_PATH LD_PRELOAD
{ timeout -k 1 %d %s %s >%s/out2 2>&1; echo $? >%s/rc2; } &
for i in 1 2 3 4 5 6 7 8 9 10; do
  [ ! -s %s/rc2 ] || break
  sleep 0.05
done
]]

-- What can be done at a message of either side; what at a call that changes the SQLite file.
local WIRE = { "cut", "rst", "kill", "after", "stall", "late", "pair" }
local FILE = { "kill", "torn", "after", "error", "full", "pair" }
local COMMANDS = { up = "upgrade", down = "downgrade base" }

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

-- A database of this worker's own: how it is emptied, filled, asked and reached through the fault.
local function target(db, number)
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

-- Shell commands that make the database anew, with the table of marks.
function Target:fresh()
  local witness = ("%s <%s/witness.sql"):format(self:client(self.url), self.dir)
  if not self.wire then return ("rm -f %s*; %s"):format(self.file, witness) end
  local force = self.db == "postgresql" and " WITH (FORCE)" or ""
  return ("printf 'DROP DATABASE IF EXISTS %s%s;\\nCREATE DATABASE %s;\\n' | %s && %s"):format(self.name, force,
    self.name, self:client(self.base), witness)
end

function Target:drop()
  if self.wire then
    local force = self.db == "postgresql" and " WITH (FORCE)" or ""
    os.execute(("echo 'DROP DATABASE IF EXISTS %s%s' | %s >/dev/null 2>&1"):format(self.name, force,
      self:client(self.base)))
  end
  os.execute("rm -rf " .. quote(self.dir))
end

-- curlew with the fault; `mode` "none" only counts.
function Target:faulted(words, mode, point)
  local side, number = point:match("^(%a):(%d+)$")
  local pair = mode == "pair" and "sh " .. self.dir .. "/pair"
  if pair then
    write(self.dir .. "/pair", PAIR:format(TIMEOUT, bin, words, self.dir, self.dir, self.dir))
    mode = "run"
  end
  if not self.wire then
    local run = mode == "none" and "" or ("FILE_FAULT_DO=%s FILE_FAULT_AT=%s "):format(mode, number)
    if pair then run = ("%sFILE_FAULT_RUN=%s "):format(run, quote(pair)) end
    return ("%sFILE_FAULT_PATH=kill.db FILE_FAULT_REPORT=%s/report ASAN_OPTIONS=verify_asan_link_order=0 "
      .. "LD_PRELOAD=%s timeout -k 1 %d %s %s"):format(run, self.dir, quote(shim), TIMEOUT, bin, words)
  end
  local at = mode == "none" and "" or ("--do %s --at %s:%s"):format(mode, side, number)
  if pair then at = ("%s --run %s"):format(at, quote(pair)) end
  return ("%s --protocol %s --server %s:%s --report %s/report --log %s/log --timeout %d %s -- %s %s"):format(proxy,
    self.db == "postgresql" and "postgresql" or "mysql", self.parts.host, self.parts.port, self.dir, self.dir,
    TIMEOUT, at, bin, words)
end

-- Shell words that print the state.
function Target:state(command)
  return ("%s <%s/%s.sql"):format(self:client(self.url), self.dir, command == "up" and "head" or "base")
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
    return ("printf 'DROP DATABASE IF EXISTS %s WITH (FORCE);\\nCREATE DATABASE %s TEMPLATE %s;' | %s"):format(
      self.name, self.name, kept, self:client(self.base))
  end
  return ("%s && %s upgrade"):format(self:fresh(), bin)
end

function Target:script(lines)
  return os.execute(("sh -c %s >%s/sh.out 2>&1"):format(quote(table.concat(lines, "\n")), self.dir))
end

-- Cases -------------------------------------------------------------------------------------------

-- Runs without a fault: the state to compare with, and how many points there are.
local function reference(t, command, transaction)
  local words = COMMANDS[command]
  t:script { t:env(transaction), ("{ %s; } || exit 1"):format(t:prepare(command)),
             ("%s >%s/out1 2>&1"):format(t:faulted(words, "none", "c:0"), t.dir),
             ("%s >%s/state 2>&1"):format(t:state(command), t.dir) }
  local report, result = read(t.dir .. "/report"), { state = read(t.dir .. "/state") }
  if t.wire then
    result.client = tonumber(report:match("client=(%d+)"))
    result.server = tonumber(report:match("server=(%d+)"))
  else
    result.calls = tonumber(report)
  end
  local ok = t.wire and report:find("end=exit:0", 1, true) or not t.wire and result.calls
  if not ok or not result.state:find(" " .. command, 1, true) then
    error(("%s %s %s does not even work undisturbed:\n%s%s%s%s"):format(t.db, words, transaction, report,
      read(t.dir .. "/sh.out"), read(t.dir .. "/out1"), result.state))
  end
  return result
end

local function diff(a, b)
  local seen, out = {}, {}
  for line in a:gmatch("[^\n]+") do seen[line] = (seen[line] or 0) + 1 end
  for line in b:gmatch("[^\n]+") do
    if (seen[line] or 0) > 0 then seen[line] = seen[line] - 1 else out[#out + 1] = "  is:        " .. line end
  end
  for line, n in pairs(seen) do
    if n > 0 then out[#out + 1] = "  should be: " .. line end
  end
  table.sort(out)
  return table.concat(out, "\n")
end

-- What is wrong with the first run beyond having been cut, or nil.
local function first_run(t, mode)
  local out, report = read(t.dir .. "/out1"), read(t.dir .. "/report")
  if out:find("Sanitizer", 1, true) or out:find("runtime error:", 1, true) then return "sanitizer:\n" .. out end
  if t.wire then
    local signal = report:match("signal:(%d+)")
    if signal and signal ~= "9" then return "the first run died of signal " .. signal end
    if report:find("timeout", 1, true) then return "the first run hung:\n" .. out end
    if report:find("acted=0", 1, true) then return nil, "missed" end
  end
  local code = tonumber(read(t.dir .. "/rc1"))
  if t.wire and code == 0 then code = tonumber(report:match("exit:(%d+)")) end
  if mode == "pair" and code ~= 0 then return ("the first run: exit %s\n%s"):format(code, out) end
  if not t.wire and code == 124 then return "the first run hung:\n" .. out end
  if (mode == "error" or mode == "full") and code and code > 128 then return "the first run died:\n" .. out end
end

-- One case; nil when it passed, else what went wrong.
local function run(t, case, want)
  local words = COMMANDS[case.command]
  local second = ("timeout -k 1 %d %s %s >%s/out2 2>&1; echo $? >%s/rc2"):format(TIMEOUT, bin, words, t.dir, t.dir)
  if case.mode == "pair" then
    local ended = ("[ -s %s/rc2 ]"):format(t.dir)
    second = ("n=0; while ! %s && [ $n -lt %d ]; do sleep 0.05; n=$((n + 1)); done"):format(ended, TIMEOUT * 20)
  end
  os.remove(t.dir .. "/report")
  os.remove(t.dir .. "/rc2")
  t:script { t:env(case.transaction),
             ("{ %s; } >%s/prepared 2>&1 || { echo unprepared >%s/rc2; exit 1; }"):format(t:prepare(case.command), t.dir,
               t.dir),
             ("%s >%s/out1 2>&1; echo $? >%s/rc1"):format(t:faulted(words, case.mode, case.point), t.dir, t.dir),
             second, ("%s >%s/state 2>&1"):format(t:state(case.command), t.dir) }
  local code = read(t.dir .. "/rc2"):match("%w+")
  if code == "unprepared" then return "could not be prepared:\n" .. read(t.dir .. "/prepared") .. read(t.dir .. "/sh.out") end
  local wrong, missed = first_run(t, case.mode)
  if wrong then return wrong end
  if code ~= "0" then
    return ("the second run: exit %s\n%s-- the first run had said:\n%s"):format(code, read(t.dir .. "/out2"),
      read(t.dir .. "/out1"))
  end
  local got = read(t.dir .. "/state")
  if got ~= want.state then
    return ("the state differs:\n%s\n-- the first run had said:\n%s-- the second:\n%s"):format(diff(want.state, got),
      read(t.dir .. "/out1"), read(t.dir .. "/out2"))
  end
  return nil, missed
end

local function id_of(case)
  return ("%s/%s/%s/%s@%s"):format(case.db, case.command, case.transaction, case.mode, case.point)
end

local function add(list, case, modes, mode, point)
  if modes and not modes[mode] then return end
  list[#list + 1] = { db = case.db, command = case.command, transaction = case.transaction, mode = mode, point = point }
end

local function cases_of(db, want, command, transaction, modes, list)
  local base = { db = db, command = command, transaction = transaction }
  for k = 1, want.calls or 0 do
    for _, mode in ipairs(FILE) do add(list, base, modes, mode, "f:" .. k) end
  end
  for k = 1, want.client or 0 do
    for _, mode in ipairs(WIRE) do add(list, base, modes, mode, "c:" .. k) end
  end
  for k = 1, want.server or 0 do
    for _, mode in ipairs(WIRE) do
      if mode ~= "after" and mode ~= "late" then add(list, base, modes, mode, "s:" .. k) end
    end
  end
end

-- The command line ---------------------------------------------------------------------------------

local function options(args)
  local o = { db = args[1], seed = 1, worker = 1, workers = 1 }
  local i = 2
  while args[i] do
    local name, value = args[i], args[i + 1]
    if name == "--list" then
      o.list, i = true, i - 1
    elseif name == "--sample" then
      o.sample = math.tointeger(tonumber(value))
    elseif name == "--seed" then
      o.seed = math.tointeger(tonumber(value))
    elseif name == "--case" then
      o.case = value
    elseif name == "--modes" then
      o.modes = {}
      for word in value:gmatch("[^,]+") do o.modes[word] = true end
    elseif name == "--worker" then
      o.worker, o.workers = value:match("^(%d+)/(%d+)$")
      o.worker, o.workers = math.tointeger(tonumber(o.worker)), math.tointeger(tonumber(o.workers))
    else
      error("unknown option " .. name, 0)
    end
    i = i + 2
  end
  return o
end

local function shuffle(list, seed)
  math.randomseed(seed)
  for i = #list, 2, -1 do
    local j = math.random(i)
    list[i], list[j] = list[j], list[i]
  end
end

local function transactions(db)
  return (db == "mysql" or db == "mariadb") and { "each", "none" } or { "each", "all", "none" }
end

local function main(args)
  local o = options(args)
  assert(o.db and state.query(o.db), "matrix.lua DATABASE ...")
  assert(lfs.attributes(bin), "there is no program " .. bin)
  local t, wants, list = target(o.db, o.worker), {}, {}
  for _, transaction in ipairs(transactions(o.db)) do
    for _, command in ipairs { "up", "down" } do
      local key = command .. "/" .. transaction
      if not o.case or o.case:find("/" .. key .. "/", 1, true) then
        wants[key] = reference(t, command, transaction)
        cases_of(o.db, wants[key], command, transaction, o.modes, list)
      end
    end
  end
  if o.case then
    for i = #list, 1, -1 do
      if id_of(list[i]) ~= o.case then table.remove(list, i) end
    end
  elseif o.sample then
    shuffle(list, o.seed)
  end
  local total = math.min(#list, o.sample or #list)
  local ran, failed, missed, by_mode = 0, 0, 0, {}
  for i = o.worker, total, o.workers do
    local case = list[i]
    if failed >= ENOUGH then
      print("too many failures: stopped")
      break
    end
    if o.list then
      print(id_of(case))
    else
      local why, was_missed = run(t, case, wants[case.command .. "/" .. case.transaction])
      local sum = by_mode[case.mode] or { 0, 0 }
      by_mode[case.mode] = sum
      ran, sum[1] = ran + 1, sum[1] + 1
      if was_missed then missed = missed + 1 end
      if why then
        failed, sum[2] = failed + 1, sum[2] + 1
        print(("FAILED %s\n%s\n"):format(id_of(case), why))
        io.stdout:flush()
      end
    end
  end
  t:drop()
  if t.has_head then os.execute(("echo 'DROP DATABASE %s' | %s"):format(t.has_head, t:client(t.base))) end
  for mode, sum in pairs(by_mode) do print(("count %s %s %d %d"):format(o.db, mode, sum[1], sum[2])) end
  if not o.list then
    print(("%s: %d of %d cases, %d points not reached, %d failed (seed %d, worker %d/%d)"):format(o.db, ran, #list, missed,
      failed, o.seed, o.worker, o.workers))
  end
  return failed == 0 and 0 or 1
end

os.exit(main(arg))
