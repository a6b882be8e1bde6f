--- A fresh database in a team's spec (init.lua): moved along the history, filled at a revision, asked. What
--- checks something gives true, or nil and a text, so that it stands in assert() of plain Lua and of busted.

local M = {}

---@class curlew.testing.Database
---@field project curlew.Project
local Database = { __name = "curlew.testing.Database" }
Database.__index = Database
Database.__gc = function(db) db:close() end
Database.__close = Database.__gc

function M.new(project) return setmetatable({ project = project }, Database) end

--- Ends it; twice is fine.
function Database:close()
  if self.project then self.project:close() end
  self.project, self.conn = nil, nil
end

local function project_of(db)
  if not db.project then error("this database is closed", 3) end
  return db.project
end

-- Where it is -------------------------------------------------------------------------------------

function Database:upgrade(revision) return project_of(self):upgrade(revision or "head") end
function Database:downgrade(revision) return project_of(self):downgrade(revision) end

--- The ids of the applied heads, sorted.
function Database:current()
  local ids = {}
  for i, revision in ipairs(project_of(self):current()) do ids[i] = revision.revision end
  table.sort(ids)
  return ids
end

--- All revisions in the order of an upgrade.
function Database:revisions()
  local list, history = {}, project_of(self):history()
  for i = #history, 1, -1 do list[#list + 1] = history[i] end
  return list
end

--- Brings it to a revision, up or down, and calls fn(conn, db) there; gives what fn returns.
function Database:at(revision, fn)
  local project = project_of(self)
  project:upgrade(revision)
  if #self:current() ~= 1 or self:current()[1] ~= revision then
    local ok, e = pcall(project.downgrade, project, revision)
    -- Beside other branches a revision can be current without being the only one; words are no ids.
    if not ok and e.code ~= "bad_target" then error(e, 0) end
  end
  if fn then return fn(self:connection(), self) end
end

-- What is in it -----------------------------------------------------------------------------------

--- A connection, the same one on every call.
function Database:connection()
  local project = project_of(self)
  self.conn = self.conn or project:connect()
  return self.conn
end

for _, method in ipairs { "execute", "all", "first", "scalar", "column", "inspect" } do
  Database[method] = function(self, ...)
    local conn = self:connection()
    return conn[method](conn, ...)
  end
end

function Database:snapshot(options) return project_of(self):snapshot(options) end

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i = 1, #value do parts[i] = show(value[i]) end
  local names = {}
  for name in pairs(value) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  -- Of a row both are there; positions say it all.
  if #parts == 0 then
    for _, name in ipairs(names) do parts[#parts + 1] = name .. " = " .. show(value[name]) end
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- Whether a row is what was expected: a value (its only column), a list by position, a table by name.
local function fits(row, expected)
  if type(expected) ~= "table" then return #row == 1 and row[1] == expected end
  if #expected > 0 and #expected ~= #row then return false end
  for key, value in pairs(expected) do
    if row[key] ~= value then return false end
  end
  return true
end

--- Whether a query gives these rows, in this order.
function Database:gives(sql, expected, params)
  if type(sql) ~= "string" then error("db:gives takes SQL, the rows expected, and parameters", 2) end
  local rows = self:all(sql, params)
  if type(expected) ~= "table" then expected = { expected } end
  local same = #rows == #expected
  for i = 1, #rows do same = same and fits(rows[i], expected[i]) end
  if same then return true end
  local got, wanted = {}, {}
  for i, row in ipairs(rows) do got[i] = "  " .. show(row) end
  for i, row in ipairs(expected) do wanted[i] = "  " .. show(row) end
  return nil, ("%s gives %d rows:\n%s\nexpected were %d:\n%s"):format(sql, #rows, table.concat(got, "\n"), #expected,
    table.concat(wanted, "\n"))
end

--- Whether a statement (or a function) fails, with `pattern` in the error's message or as its SQLSTATE or
--- code. Gives true and the error.
function Database:refuses(what, pattern, params)
  local conn = self:connection()
  local ok, e
  if type(what) == "function" then
    ok, e = pcall(what, conn)
  else
    ok, e = pcall(conn.execute, conn, what, params)
  end
  if ok then return nil, (type(what) == "string" and what or "the function") .. " was not refused" end
  local text = type(e) == "table" and e.message or tostring(e)
  if not pattern or text:find(pattern) or (type(e) == "table" and (e.sqlstate == pattern or e.code == pattern)) then
    return true, e
  end
  return nil, ("it was refused for another reason: %s"):format(text)
end

-- Up, down, up ------------------------------------------------------------------------------------

--- Whether `ancestor` is below the revision of `id`.
local function stands_on(by_id, id, ancestor)
  local seen, stack = {}, { id }
  while #stack > 0 do
    local revision = by_id[table.remove(stack)]
    for _, list in ipairs { revision.down_revision, revision.depends_on } do
      for _, parent in ipairs(list) do
        if parent == ancestor then return true end
        if not seen[parent] then
          seen[parent] = true
          stack[#stack + 1] = parent
        end
      end
    end
  end
  return false
end

--- The words that take back one applied revision alone. A merge names the parent to go to, one that no other
--- parent stands on.
local function words_back(by_id, revision)
  local parents = revision.down_revision
  if #parents < 2 then return revision.revision .. "@-1" end
  for _, parent in ipairs(parents) do
    local free = true
    for _, other in ipairs(parents) do free = free and (other == parent or not stands_on(by_id, other, parent)) end
    if free then return revision.revision .. "@" .. parent end
  end
end

local function compared(db, before, options, revision, when)
  local same, differences = M.same(before, db:snapshot { data = options.data }, options)
  if same then return true end
  return nil, ("%s %s\n%s"):format(revision.revision, when, differences)
end

--- One revision up, down and up again, from where the database is. The second time rows are counted only: what a
--- revision fills in by the clock or at random is never the same.
local function round_trip(db, by_id, revision, data)
  local before = db:snapshot { data = data }
  db:upgrade(revision.revision)
  local up = db:snapshot { data = data }
  local ok, e = pcall(db.downgrade, db, words_back(by_id, revision))
  if not ok and type(e) == "table" and e.code == "irreversible" then return true end
  if not ok then error(e, 0) end
  local same, text = compared(db, before, { data = data }, revision, "taken back does not restore what was before it:")
  if not same then return nil, text end
  db:upgrade(revision.revision)
  return compared(db, up, { data = data, counts = true }, revision, "applied again does not give what it gave the first time:")
end

local function check_ids(by_id, map, what)
  for id in pairs(map) do
    if not by_id[id] then error(("db:up_down_up: %s has the unknown revision %s"):format(what, tostring(id)), 3) end
  end
end

--- Takes every revision that is not applied yet, oldest first, up, down and up again, and compares schema and
--- rows with what they were. `seeds` are functions by revision, called as fn(conn, db) once it is applied, so
--- that the revisions behind it meet rows; of those in `lossy` the rows need not come back. Revisions
--- that are irreversible only go up.
function Database:up_down_up(options)
  options = options or {}
  local list, by_id, applied = self:revisions(), {}, {}
  local seeds, lossy = options.seeds or {}, {}
  for key, value in pairs(options.lossy or {}) do lossy[type(key) == "number" and value or key] = true end
  for _, revision in ipairs(list) do by_id[revision.revision] = revision end
  check_ids(by_id, seeds, "seeds")
  check_ids(by_id, lossy, "lossy")
  local current = self:current()
  for _, revision in ipairs(list) do
    for _, id in ipairs(current) do
      if id == revision.revision or stands_on(by_id, id, revision.revision) then applied[revision.revision] = true end
    end
  end
  for _, revision in ipairs(list) do
    local id = revision.revision
    if not applied[id] then
      local ok, text = round_trip(self, by_id, revision, not lossy[id])
      if not ok then return nil, text end
      if seeds[id] then seeds[id](self:connection(), self) end
    end
    if id == options.to then break end
  end
  return true
end

return M
