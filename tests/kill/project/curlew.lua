-- The project that the kill matrix runs; what differs from case to case is in the environment.
local url = assert(os.getenv "KILL_URL", "KILL_URL is not set")
local port = os.getenv "FAULT_PROXY_PORT"
if port then url = url:gsub("(@[^:/]+):%d+", "%1:" .. port) end
-- What is encrypted can't be cut message by message.
if url:find("^m[^:]*:") then url = url .. "?ssl-mode=DISABLED" end

return {
  url = url,
  migrations = "migrations",
  transaction = os.getenv "KILL_TRANSACTION",
  lock = { timeout = "60s" },
}
