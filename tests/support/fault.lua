--- Runs of curlew whose connection goes through the fault proxy (tests/support/proxy/proxy.c): the
--- network fails at a message that the test names. Not for SQLite.
---
---     local p = fault.project { config = "..." }
---     local r = fault.run(p, { "upgrade" }, { at = "c:1", match = "COMMIT", action = "answer" })
---     assert.is_true(r.acted)
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

local M = {}

M.proxy = os.getenv("FAULT_PROXY")

-- What is encrypted has no messages that could be told apart.
local function plain(url)
  if e2e.db == "mysql" or e2e.db == "mariadb" then return url .. "?ssl-mode=DISABLED" end
  return url
end

--- e2e.project, whose URL goes through the proxy when one runs it.
function M.project(options)
  options = options or {}
  local url = options.url or e2e.database()
  options.url = url
  options.curlew_lua = ([[
local url = %q
local port = os.getenv "FAULT_PROXY_PORT"
if port then url = url:gsub("(@[^:/]+):%%d+", "%%1:" .. port) end
return { url = url, migrations = "migrations", %s }
]]):format(plain(url), options.config or "")
  return e2e.project(options)
end

local function proxy_args(p, words, o)
  local parts = server.parts(p.url)
  local args = { "--protocol", e2e.dialect == "postgresql" and "postgresql" or "mysql",
                 "--server", parts.host .. ":" .. parts.port, "--report", p:path("fault.report") }
  local function add(name, value)
    if value then
      args[#args + 1] = name
      args[#args + 1] = tostring(value)
    end
  end
  add("--at", o.at)
  add("--match", o.match)
  add("--do", o.action)
  add("--run", o.run)
  add("--hold", o.hold)
  add("--log", o.log and p:path(o.log))
  add("--timeout", o.timeout)
  args[#args + 1] = "--"
  args[#args + 1] = e2e.bin
  for _, word in ipairs(words) do args[#args + 1] = word end
  args.cwd, args.timeout, args.env = p.dir, (o.timeout or 60) + 10, words.env
  return args
end

-- What the proxy wrote down, as { acted =, code =, signal =, timeout = }.
local function report(p, result)
  local text = p:read("fault.report")
  result.acted = text:find("acted=1", 1, true) ~= nil
  result.code = tonumber(text:match("exit:(%d+)"))
  result.signal = tonumber(text:match("signal:(%d+)"))
  result.timeout = text:find("timeout", 1, true) ~= nil
  result.client, result.server = tonumber(text:match("client=(%d+)")), tonumber(text:match("server=(%d+)"))
  return result
end

--- Runs curlew through the proxy. Options: `at` ("c:3", "s:1"), `match` (only messages with this text
--- count), `action` (see proxy.c), `run` (a shell command, for action "run"), `hold`, `timeout`.
--- Returns { code =, signal =, out =, err =, acted = }.
function M.run(p, words, o)
  assert(M.proxy, "FAULT_PROXY is not set")
  return report(p, process.run(M.proxy, proxy_args(p, words, o), e2e.unset))
end

--- The same without waiting; job:finish(seconds) waits and gives what M.run does.
function M.start(p, words, o)
  assert(M.proxy, "FAULT_PROXY is not set")
  local job = process.start(M.proxy, proxy_args(p, words, o), e2e.unset)
  function job.finish(self, seconds) return report(p, self:wait(seconds or 60)) end
  return job
end

return M
