--- Programs run by tests: arguments as lists (no shell quoting in specs), output captured, a timeout.
local lfs = require "lfs"
local sleep = require "system".sleep

local M = {}

function M.quote(word) return "'" .. tostring(word):gsub("'", "'\\''") .. "'" end

--- Runs a shell command that has to work.
function M.must(command)
  local ok, _, code = os.execute(command)
  if not ok then error(("exit %d: %s"):format(code, command), 2) end
end

--- The output of a shell command that has to work.
function M.capture(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("a")
  local ok, _, code = pipe:close()
  if not ok then error(("exit %d: %s"):format(code, command), 2) end
  return text
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

local function scratch()
  return (M.capture("mktemp -d \"${TMPDIR:-/tmp}/curlew-run-XXXXXX\""):gsub("\n$", ""))
end

-- The shell words that run `bin` with the arguments of spec, in its folder and environment. SIGINT is
-- given its default back, which a shell takes from what it starts in the background.
local function command_of(bin, spec, unset)
  local words = { "env", "--default-signal=INT,QUIT" }
  for _, name in ipairs(unset or {}) do words[#words + 1] = "-u " .. name end
  for name, value in pairs(spec.env or {}) do
    words[#words + 1] = M.quote(name .. "=" .. value)
  end
  words[#words + 1] = M.quote(bin)
  for _, argument in ipairs(spec) do words[#words + 1] = M.quote(argument) end
  return table.concat(words, " ")
end

local function stdin_of(spec, dir)
  if not spec.stdin then return "/dev/null" end
  local file = assert(io.open(dir .. "/in", "wb"))
  file:write(spec.stdin)
  file:close()
  return M.quote(dir .. "/in")
end

--- See e2e.run.
function M.run(bin, spec, unset)
  local dir, limit = scratch(), spec.timeout or 60
  local script = ("cd %s && exec timeout -k 5 %s %s >%s 2>%s <%s"):format(M.quote(spec.cwd or "."), limit,
    command_of(bin, spec, unset), M.quote(dir .. "/out"), M.quote(dir .. "/err"), stdin_of(spec, dir))
  local _, _, code = os.execute(script)
  local result = { code = code, out = read(dir .. "/out"), err = read(dir .. "/err") }
  M.must("rm -rf " .. M.quote(dir))
  if code == 124 or code == 137 then
    error(("%s %s took longer than %s seconds; it had printed:\n%s%s"):format(bin, table.concat(spec, " "), limit,
      result.out, result.err), 2)
  end
  return result
end

local Job = {}
Job.__index = Job

--- See e2e.start.
function M.start(bin, spec, unset)
  local dir = scratch()
  local inner = ("echo $$ >%s; cd %s && exec %s"):format(M.quote(dir .. "/pid"), M.quote(spec.cwd or "."),
    command_of(bin, spec, unset))
  M.must(("{ sh -c %s >%s 2>%s <%s; echo $? >%s; } >/dev/null 2>&1 </dev/null &"):format(M.quote(inner),
    M.quote(dir .. "/out"), M.quote(dir .. "/err"), stdin_of(spec, dir), M.quote(dir .. "/rc")))
  local job = setmetatable({ dir = dir }, Job)
  for _ = 1, 500 do
    job.pid = tonumber(read(dir .. "/pid"))
    if job.pid then return job end
    sleep(0.01)
  end
  error("the program did not start", 2)
end

function Job:out() return read(self.dir .. "/out") end
function Job:err() return read(self.dir .. "/err") end
function Job:running() return not (self.result or read(self.dir .. "/rc"):find("\n")) end
function Job:signal(name)
  if self:running() then os.execute(("kill -%s %d 2>/dev/null"):format(name, self.pid)) end
end

--- Waits until `pattern` is in what the job printed; false when it ended, or time passed, without.
function Job:expect(pattern, seconds)
  for _ = 1, (seconds or 30) * 50 do
    local over = not self:running()
    if (self:out() .. "\n" .. self:err()):find(pattern) then return true end
    if over then return false end
    sleep(0.02)
  end
  return false
end

--- Waits for the end; { code =, out =, err = }. Ended by a signal, code is 128 + its number.
function Job:wait(seconds)
  if self.result then return self.result end
  for _ = 1, (seconds or 60) * 100 do
    if not self:running() then
      self.result = { code = tonumber(read(self.dir .. "/rc")), out = self:out(), err = self:err() }
      return self.result
    end
    sleep(0.01)
  end
  error(("process %d still runs after %s seconds; it had printed:\n%s%s"):format(self.pid, seconds or 60, self:out(),
    self:err()), 2)
end

--- Ends it if it still runs, and removes its files.
function Job:kill()
  if self:running() then
    self:signal("KILL")
    self:wait(10)
  end
  if lfs.attributes(self.dir) then M.must("rm -rf " .. M.quote(self.dir)) end
end

return M
