--- Programs in plain Lua 5.4 that use the C module of the build under test.
local e2e = require "support.e2e"
local process = require "support.process"

local M = {}

local MODULE = e2e.bin:match("^(.*)/[^/]*$") .. "/module"
local SOURCE = os.getenv "CURLEW_SOURCE_DIR" or (process.capture("pwd"):gsub("\n", ""))

--- A build with sanitizers needs their runtime before everything else in a program that has none.
function M.environment()
  local list = {}
  for path in process.capture("ldd " .. process.quote(MODULE .. "/curlew.so")):gmatch("(/%S*libasan%S*)") do list[#list + 1] = path end
  -- Lua itself and the client libraries keep some memory to the end; valgrind looks at the rest.
  return { LUA_PATH = SOURCE .. "/src/lua/module/?.lua;./?.lua;;", LUA_CPATH = MODULE .. "/?.so;;",
    LD_PRELOAD = table.concat(list, " "), ASAN_OPTIONS = "detect_leaks=0" }
end

--- Runs Lua text in a project's folder.
function M.lua(p, text)
  p:write("host.lua", text)
  return process.run(os.getenv("LUA54") or "lua5.4", { "host.lua", cwd = p.dir, env = M.environment() }, e2e.unset)
end

--- Shell text that makes `lua5.4` and `busted` find the module.
function M.shell()
  local list = {}
  for name, value in pairs(M.environment()) do list[#list + 1] = ("%s=%s "):format(name, process.quote(value)) end
  local environment = "env " .. table.concat(list) .. "lua5.4 "
  return ("lua5.4() { %s \"$@\"; }\nbusted() { %s %s -o plainTerminal \"$@\"; }"):format(environment, environment,
    process.quote(os.getenv "BUSTED" or "/usr/bin/busted"))
end

return M
