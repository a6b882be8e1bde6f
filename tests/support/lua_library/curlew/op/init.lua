--- A small stand-in for the library's operations, for tests of the C binding: it has the functions that
--- the binding calls, and operations that show what went in and came out.

local null = require "curlew.null"

local M = { compiled = {} }

local NAMES = { "create_table", "drop_table", "execute", "insert", "raw_insert", "batch", "concurrently", "refused",
  "broken", "grouped", "nothing" }

function M.build(host)
  local op = { null = null, json = require "curlew.json", host = host }
  function op.sql(text)
    return setmetatable({ sql = text }, { __tostring = function() return text end })
  end
  for _, name in ipairs(NAMES) do
    op[name] = function(subject, args)
      host.running()
      return host.step { op = name, subject = subject, args = args }
    end
  end
  op.get_bind, op.get_context, op.log = host.conn, host.context, host.log
  op.savepoint, op.autocommit_block, op.commit = host.savepoint, host.autocommit, host.commit
  op.current_dialect = host.dialect
  function op.invoke(record) return host.step(record) end
  return op
end

function M.describe(record, dialect)
  return {
    summary = record.op .. " " .. tostring(record.subject),
    ddl = record.op == "create_table",
    autocommit = record.op == "concurrently",
    probe = record.op == "create_table",
    destructive = record.op == "drop_table",
    group = record.op == "grouped" and record.subject or nil,
    digest = dialect.name .. " " .. record.op .. " " .. tostring(record.subject),
    record = { op = record.op, subject = record.subject, args = record.args },
  }
end

local write = {}

function write.create_table(record, env)
  return { { sql = ("CREATE TABLE %s (id INTEGER PRIMARY KEY, name TEXT)"):format(env.dialect:quote(record.subject)),
    ddl = true } }
end
function write.drop_table(record) return { { sql = "DROP TABLE " .. record.subject, ddl = true } } end
function write.execute(record) return { { sql = record.subject, params = record.args, counts = true } } end
function write.insert(record)
  return { { sql = ("INSERT INTO %s (name) VALUES (?)"):format(record.subject), params = record.args, counts = true,
    returns_key = true } }
end
function write.raw_insert(record) return { { sql = record.subject, params = record.args, raw = true } } end
function write.batch(record)
  return { { sql = ("INSERT INTO %s (name) VALUES (?)"):format(record.subject), batch = record.args, counts = true } }
end
function write.concurrently(record)
  return { { sql = "CREATE INDEX " .. record.subject, ddl = true, autocommit = true } }
end
function write.refused(_, env)
  error({ code = "unsupported", message = env.dialect.name .. " can't do this", hint = "Do something else." }, 0)
end
function write.broken() return { { text = "no SQL here" } } end
function write.nothing() return {} end
function write.grouped(record) return { { sql = "-- " .. record.subject } } end

function M.compile(records, env)
  local list = {}
  for _, record in ipairs(records) do
    for _, statement in ipairs(write[record.op](record, env)) do list[#list + 1] = statement end
  end
  return list
end

function M.probe(record, env)
  if not env.conn then return nil end
  return env.conn:scalar("SELECT count(*) FROM sqlite_master WHERE name = ?", { record.subject }) > 0
end

function M.reverse(record)
  if record.op ~= "create_table" then return nil end
  return { { op = "drop_table", subject = record.subject } }
end

return M
