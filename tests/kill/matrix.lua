--- The kill matrix: real migrations, cut at one point, then the same command again without flags; the
--- database has to end as after an uninterrupted run. See README.md, and scripts/kill-matrix for the
--- command line.
---
---     matrix.lua DATABASE [--sample N] [--seed S] [--modes cut,kill] [--case ID] [--worker I/N]
---         [--only TEXT] [--seconds S] [--list]
---
--- A case is DATABASE/COMMAND/TRANSACTION/MODE@POINT: "mysql/up/each/kill@c:17" kills curlew just before
--- its 17th message to the server; with "+cut@s:4" behind it, the run that resumes is cut too; in weave@c:17&s:3
--- a second runner is started there and stops at its own point. Points are counted in an uninterrupted run.
local lfs = require "lfs"
local state = require "kill.state"
local target = require "kill.target"

local ENOUGH = 20  -- failures after which a worker stops

-- What can be done at a message of either side; what at a call that changes the SQLite file.
local WIRE = { "cut", "rst", "kill", "after", "stall", "late", "pair", "weave", "twice" }
local FILE = { "kill", "torn", "after", "error", "full", "pair", "weave", "twice" }
-- "twice": these, one after the other.
local TWICE = { wire = { "kill", "cut", "after", "rst" }, file = { "kill", "torn", "error", "after" } }
local COMMANDS = { up = "upgrade", down = "downgrade base" }

local function read(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

-- Cases -------------------------------------------------------------------------------------------

-- Runs without a fault: the state to compare with, and how many points there are.
local function reference(t, command, transaction)
  local words = COMMANDS[command]
  t:next()
  t:script { t:env(transaction), ("{ %s; } || exit 1"):format(t:prepare(command)),
             ("%s >%s/out1 2>&1"):format(t:faulted(words, { mode = "none", point = "c:0" }, 1), t.dir),
             ("%s >%s/state 2>&1"):format(t:state(command), t.dir) }
  local report, result = read(t.dir .. "/report1"), { state = t:read_state() }
  if t.wire then
    result.c = tonumber(report:match("client=(%d+)"))
    result.s = tonumber(report:match("server=(%d+)"))
  else
    result.f = tonumber(report)
  end
  local ok = t.wire and report:find("end=exit:0", 1, true) or not t.wire and result.f
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

-- What is wrong with a disturbed run beyond having been cut, or nil; then whether the point was missed.
local function disturbed(t, n, mode)
  local out, report = read(t.dir .. "/out" .. n), read(t.dir .. "/report" .. n)
  local what = "run " .. n
  if out:find("Sanitizer", 1, true) or out:find("runtime error:", 1, true) then return "sanitizer:\n" .. out end
  if t.wire then
    local signal = report:match("signal:(%d+)")
    if signal and signal ~= "9" then return ("%s died of signal %s"):format(what, signal) end
    if report:find("timeout", 1, true) then return ("%s hung:\n%s"):format(what, out) end
    if report:find("acted=0", 1, true) then return nil, true end
  end
  local code = tonumber(read(t.dir .. "/rc" .. n))
  if t.wire and code == 0 then code = tonumber(report:match("exit:(%d+)")) end
  if (mode == "pair" or mode == "weave") and code ~= 0 then return ("%s: exit %s\n%s"):format(what, code, out) end
  if not t.wire and code == 124 then return ("%s hung:\n%s"):format(what, out) end
  if (mode == "error" or mode == "full") and code and code > 128 then return ("%s died:\n%s"):format(what, out) end
  if (mode == "disk" or mode == "down" or mode == "crash") and code ~= 0 and not out:find("error: ", 1, true) then
    return ("%s: exit %s without a word\n%s"):format(what, code, out)
  end
  return nil, mode == "disk" and code == 0
end

-- Shell lines of a case; the last run has no fault.
local function script_of(t, case)
  local words, lines = COMMANDS[case.command], {}
  t:next()
  local function line(format, ...) lines[#lines + 1] = format:format(...) end
  line("%s", t:env(case.transaction))
  line("rm -f %s/rc* %s/out* %s/report* %s/paused", t.dir, t.dir, t.dir, t.dir)
  line("{ %s; } >%s/prepared 2>&1 || { echo unprepared >%s/last; exit 1; }", t:prepare(case.command), t.dir, t.dir)
  for n, fault in ipairs(case.faults) do
    line("%s >%s/out%d 2>&1; echo $? >%s/rc%d", t:faulted(words, fault, n), t.dir, n, t.dir, n)
  end
  local n = #case.faults + 1
  if case.mode == "pair" or case.mode == "weave" then -- the second one runs already
    line("n=0; while ! [ -s %s/rc2 ] && [ $n -lt %d ]; do sleep 0.05; n=$((n + 1)); done", t.dir, target.TIMEOUT * 20)
  else
    if case.mode == "disk" then line("%s", os.getenv "KILL_FREE") end
    local wait = t.on_its_own and " --wait 60s" or ""
    line("timeout -k 1 %d %s %s%s >%s/out%d 2>&1; echo $? >%s/rc%d", t.on_its_own and 2 * target.TIMEOUT or target.TIMEOUT,
      os.getenv "CURLEW_BIN", words, wait, t.dir, n, t.dir, n)
  end
  line("cp %s/rc%d %s/last", t.dir, n, t.dir)
  line("%s >%s/state 2>&1", t:state(case.command), t.dir)
  return lines, n
end

-- One case; nil when it passed, else what went wrong.
local function run(t, case, want)
  local lines, last = script_of(t, case)
  os.remove(t.dir .. "/last")
  t:script(lines)
  local code = read(t.dir .. "/last"):match("%w+")
  if code == "unprepared" then return "could not be prepared:\n" .. read(t.dir .. "/prepared") .. read(t.dir .. "/sh.out") end
  local missed, said = false, {}
  for n, fault in ipairs(case.faults) do
    local wrong, past = disturbed(t, n, fault.mode)
    if wrong then return wrong end
    missed = missed or past
    said[n] = ("-- run %d had said:\n%s"):format(n, read(("%s/out%d"):format(t.dir, n)))
  end
  if case.mode == "weave" and code == "0" then
    local wrong = disturbed(t, last, "weave")
    if wrong then return wrong .. table.concat(said) end
  end
  local earlier, text = table.concat(said), read(t.dir .. "/out" .. last)
  if code ~= "0" then return ("the last run: exit %s\n%s%s"):format(code, text, earlier) end
  local got = t:read_state()
  if got ~= want.state then
    return ("the state differs:\n%s\n%s-- the last run:\n%s"):format(diff(want.state, got), earlier, text)
  end
  return nil, missed
end

local function id_of(case)
  local faults = {}
  for i, fault in ipairs(case.faults) do faults[i] = fault.mode .. "@" .. fault.point .. (fault.other and "&" .. fault.other or "") end
  return ("%s/%s/%s/%s"):format(case.db, case.command, case.transaction, table.concat(faults, "+"))
end

-- A number that follows from a text.
local function hash(text)
  local h = 7
  for i = 1, #text do h = (h * 31 + text:byte(i)) % 1000003 end
  return h
end

-- Both faults of "twice" follow from the point. The run that resumes is shorter than the first.
local function twice(case, want, side, k)
  local modes = side == "f" and TWICE.file or TWICE.wire
  local h = hash(case.db .. case.command .. case.transaction .. side .. k)
  local sides = side == "f" and { "f" } or { "c", "s" }
  local second = sides[h % #sides + 1]
  if second == "s" and modes[h % 3 + 1] == "after" then second = "c" end
  local first = modes[(h // 7) % #modes + 1]
  if side == "s" and first == "after" then first = "kill" end
  return { { mode = first, point = side .. ":" .. k },
           { mode = modes[h % 3 + 1], point = second .. ":" .. (h // 11) % (want[second] // 2) + 1 } }
end

-- Where the second runner stops: half of the points are near its beginning, where the lock is.
local function other_point(case, want, side, k)
  local h = hash("weave" .. case.db .. case.command .. case.transaction .. side .. k)
  local other = side == "f" and "f" or (h % 2 == 0 and "c" or "s")
  local most = (h // 2) % 2 == 0 and math.min(50, want[other]) or want[other]
  return ("%s:%d"):format(other, (h // 4) % most + 1)
end

local function cases_of(db, want, command, transaction, modes, list)
  local own = target.server_modes()
  local wire = #own > 0 and own or WIRE
  for _, side in ipairs { "f", "c", "s" } do
    for k = 1, want[side] or 0 do
      for _, mode in ipairs(side == "f" and FILE or wire) do
        local wanted = not modes or modes[mode]
        local case = { db = db, command = command, transaction = transaction, mode = mode,
                       faults = { { mode = mode, point = side .. ":" .. k } } }
        if mode == "weave" then case.faults[1].other = other_point(case, want, side, k) end
        if mode == "twice" then case.faults = twice(case, want, side, k) end
        -- What the client is sent is not worked on by the server any more.
        if side == "s" and (mode == "after" or mode == "late" or mode == "crash") then wanted = false end
        if wanted then list[#list + 1] = case end
      end
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
    elseif name == "--seconds" then
      o.until_time = os.time() + math.tointeger(tonumber(value))
    elseif name == "--only" then
      o.only = value
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
  assert(lfs.attributes(os.getenv "CURLEW_BIN"), "CURLEW_BIN: there is no such program")
  local t, wants, list = target.open(o.db, o.worker), {}, {}
  t.on_its_own = #target.server_modes() > 0
  for _, transaction in ipairs(transactions(o.db)) do
    for _, command in ipairs { "up", "down" } do
      local key = command .. "/" .. transaction
      if not o.case or o.case:find("/" .. key .. "/", 1, true) then
        wants[key] = reference(t, command, transaction)
        cases_of(o.db, wants[key], command, transaction, o.modes, list)
      end
    end
  end
  if o.case or o.only then
    local kept = {}
    for _, case in ipairs(list) do
      local id = id_of(case)
      if id == o.case or o.only and id:find(o.only, 1, true) then kept[#kept + 1] = case end
    end
    list = kept
  end
  if not o.case then shuffle(list, o.seed) end
  local total = math.min(#list, o.sample or #list)
  local ran, failed, missed, by_mode = 0, 0, 0, {}
  for i = o.worker, total, o.workers do
    local case = list[i]
    if failed >= ENOUGH then
      print("too many failures: stopped")
      break
    end
    if o.until_time and os.time() >= o.until_time then break end
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
