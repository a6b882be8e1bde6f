--- Helpers of the end-to-end specs: projects in temporary folders, a fresh database for each, and
--- the built program run as a user runs it.
---
---     local e2e = require "support.e2e"
---     describe("curlew upgrade", function()
---       after_each(e2e.cleanup)
---       it("creates a table", function()
---         local p = e2e.project()
---         p:revision { "a1b2", title = "create t", up = [[op.create_table("t", { {"id", op.types.integer} })]] }
---         local r = p:run("upgrade")
---         assert.equal(0, r.code, r.err)
---         assert.same({ { "0" } }, p:sql("SELECT count(*) FROM t"))
---
--- The program is $CURLEW_BIN, the database $CURLEW_TEST_DB (sqlite, postgresql, mariadb, mysql); see
--- tests/run_e2e.sh.
local lfs = require "lfs"
local cjson = require "cjson"
local process = require "support.process"
local server = require "support.server"

local M = {}

M.bin = os.getenv("CURLEW_BIN") or "curlew"
M.db = os.getenv("CURLEW_TEST_DB") or "sqlite"
--- The dialect and whether DDL is transactional there.
M.dialect = (M.db == "mariadb") and "mysql" or M.db
M.transactional = M.dialect ~= "mysql"
M.null = cjson.null

--- What a person's own settings could change in a test is taken away before each run.
M.unset = { "CURLEW_CONFIG", "CURLEW_LUA_PATH", "DATABASE_URL", "NO_COLOR", "EDITOR", "VISUAL", "PGDATABASE",
            "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSERVICE", "PGOPTIONS", "XDG_CACHE_HOME" }

local open = {} -- what cleanup() has to undo

--- Removes the folders and drops the databases of the test; give it to after_each.
function M.cleanup()
  for i = #open, 1, -1 do
    open[i]()
    open[i] = nil
  end
end

--- A fresh folder, removed by cleanup. Returns its path.
function M.folder()
  local path = process.capture("mktemp -d \"${TMPDIR:-/tmp}/curlew-e2e-XXXXXX\""):gsub("\n$", "")
  open[#open + 1] = function() process.must("rm -rf " .. process.quote(path)) end
  return path
end

--- A fresh, empty database of $CURLEW_TEST_DB, dropped by cleanup. Returns its URL; on SQLite the file
--- does not exist yet.
function M.database()
  if M.db == "sqlite" then return "sqlite:///" .. M.folder() .. "/test.db" end
  local url, drop = server.create(M.db)
  open[#open + 1] = drop
  return url
end

--- Runs SQL with the database's own client program (not curlew). Returns a list of rows, each a list
--- of strings ("NULL" for null).
function M.sql(url, text) return server.sql(url, text) end

--- Runs the program: M.run { "upgrade", "head", cwd = , env = { NAME = value }, stdin = , timeout = 60 }.
--- Returns { code =, out =, err = }; raises when it takes longer than the timeout (seconds).
function M.run(spec)
  return process.run(M.bin, spec, M.unset)
end

--- Starts the program without waiting. Returns a job: job:signal("INT"), job:wait(seconds) -> as run,
--- job:running(), job:out() and job:err() (so far), job:expect(pattern, seconds), which waits for text
--- in either of the two.
function M.start(spec)
  local job = process.start(M.bin, spec, M.unset)
  open[#open + 1] = function() job:kill() end
  return job
end

function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- Writes a file and the folders above it.
function M.write(path, text)
  process.must("mkdir -p " .. process.quote(path:match("^(.*)/[^/]*$")))
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- The same where the folder is known to be there.
function M.write_fast(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

function M.exists(path) return lfs.attributes(path, "mode") ~= nil end

--- One JSON document, or (M.lines) one a line.
function M.json(text) return cjson.decode(text) end

function M.lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do list[#list + 1] = cjson.decode(line) end
  return list
end

-- Projects ----------------------------------------------------------------------------------------

local Project = {}
Project.__index = Project

--- A folder with curlew.lua and migrations/versions, and a database of its own (its URL is p.url).
--- Options: `url` (false: none in curlew.lua), `config` (Lua text of further keys: 'transaction = "all",'),
--- `curlew_lua` (the whole text instead), `files` ({ [path] = text }).
function M.project(options)
  options = options or {}
  local p = setmetatable({ dir = M.folder(), last = nil }, Project)
  p.url = options.url
  if p.url == nil then p.url = M.database() end
  local url = p.url and ("  url = %q,\n"):format(p.url) or ""
  p:write("curlew.lua", options.curlew_lua
    or ("return {\n%s  migrations = \"migrations\",\n  %s\n}\n"):format(url, options.config or ""))
  process.must("mkdir -p " .. process.quote(p:path("migrations/versions")))
  for path, text in pairs(options.files or {}) do p:write(path, text) end
  return p
end

function Project:path(name) return self.dir .. "/" .. name end
function Project:write(name, text) M.write(self:path(name), text) end
function Project:read(name) return M.read(self:path(name)) end
function Project:exists(name) return M.exists(self:path(name)) end
function Project:sql(text) return M.sql(self.url, text) end
function Project:has_table(name) return server.has_table(self.url, name) end
function Project:has_table(name) return server.has_table(self.url, name) end

local function list(value)
  if value == nil then return "nil" end
  if type(value) == "string" then return ("%q"):format(value) end
  local parts = {}
  for i, item in ipairs(value) do parts[i] = ("%q"):format(item) end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- Writes a revision: { "id", parent = id | list | false, title =, up = Lua, down = Lua | false,
--- labels =, depends_on =, more = "field = value,", path = }. Without `parent` it follows the one
--- written before; `parent = false` makes a base. `op`, `types` and `ctx` are there. Returns its path.
function Project:revision(r)
  local id = r[1]
  local parent = r.parent
  if parent == nil then parent = self.last end
  if parent == false then parent = nil end
  self.last = id
  local down = r.down ~= false
    and ("function M.downgrade(ctx) -- luacheck: ignore\n%s\nend\n"):format(r.down or "") or ""
  local path = r.path or ("migrations/versions/%s.lua"):format(id)
  self:write(path, ([[
-- %s
local op = require "op"
local types = op.types -- luacheck: ignore
local M = {
  revision = %s,
  down_revision = %s,
  branch_labels = %s,
  depends_on = %s,
  %s
}
function M.upgrade(ctx) -- luacheck: ignore
%s
end
%sreturn M
]]):format(r.title or ("revision " .. id), list(id), list(parent), list(r.labels), list(r.depends_on), r.more or "",
    r.up or "", down))
  return self:path(path)
end

local function spec_of(self, ...)
  local spec = ...
  if type(spec) ~= "table" then spec = { ... } end
  spec.cwd = spec.cwd or self.dir
  return spec
end

--- p:run("upgrade", "head") or p:run { "upgrade", env = {...} }: M.run in the project's folder.
function Project:run(...) return M.run(spec_of(self, ...)) end
function Project:start(...) return M.start(spec_of(self, ...)) end

--- The same with --format json; the result also has `json` (a document) or `events` (a list).
function Project:json(...)
  local spec = spec_of(self, ...)
  table.insert(spec, 1, "--format=json")
  local r = M.run(spec)
  local ok, document = pcall(cjson.decode, r.out)
  if ok then r.json = document end
  if r.out:match("^{[^\n]*\n") then
    local lines_ok, events = pcall(M.lines, r.out)
    if lines_ok then r.events = events end
  end
  return r
end

--- The version rows, sorted; {} when there is no version table.
function Project:rows(version_table)
  version_table = version_table or "curlew_version"
  if not self:has_table(version_table) then return {} end
  local rows = {}
  for _, row in ipairs(self:sql("SELECT version_num FROM " .. version_table)) do rows[#rows + 1] = row[1] end
  table.sort(rows)
  return rows
end

return M
