--- What a case compares: schema, rows, version rows and journal of a database, as text. Asked with the
--- database's own client; keys that a rolled-back insert may have used up don't count.
local M = {}

M.marks = {}
for _, id in ipairs { "a1", "b1", "c1", "d1", "e1", "f1" } do
  M.marks[#M.marks + 1] = id .. " up"
  M.marks[#M.marks + 1] = id .. " down"
end
M.marks[#M.marks + 1] = "f1 rows"

--- SQL that makes the table of marks.
function M.witness()
  local rows = {}
  for i, name in ipairs(M.marks) do rows[i] = ("('%s', 0)"):format(name) end
  return "CREATE TABLE witness (name VARCHAR(40) PRIMARY KEY, n INTEGER NOT NULL);\n"
    .. "INSERT INTO witness VALUES " .. table.concat(rows, ", ") .. ";\n"
end

-- In the order of creation; a table that is not there is left out.
local rows = {
  { "witness", "SELECT name, n FROM witness ORDER BY name" },
  { "users", "SELECT name, role, age, email, city FROM users ORDER BY name" },
  { "audit", "SELECT u.name, a.what FROM audit a JOIN users u ON u.id = a.user_id ORDER BY u.name, a.what" },
  { "orders", "SELECT id, total, note, slug FROM orders ORDER BY id" },
  { "labels", "SELECT id, label FROM labels ORDER BY id" },
  { "curlew_version", "SELECT version_num FROM curlew_version ORDER BY version_num" },
  { "curlew_version_journal",
    "SELECT revision, direction, outcome, count(*) FROM curlew_version_journal "
    .. "WHERE outcome <> 'failed' GROUP BY revision, direction, outcome ORDER BY 1, 2, 3" },
  { "curlew_version_backfill",
    "SELECT b.title, b.state, sum(r.rows_done), sum(r.walked), count(*) FROM curlew_version_backfill b "
    .. "JOIN curlew_version_range r ON r.move_id = b.move_id AND r.seq = b.seq GROUP BY b.title, b.state ORDER BY 1, 2" },
  { "curlew_version_run", "SELECT count(*) FROM curlew_version_run WHERE outcome = 'open'" },
}

local schema = {
  postgresql = [[
SELECT 'column', table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable,
  column_default, is_identity FROM information_schema.columns WHERE table_schema = 'public'
  AND table_name NOT LIKE 'curlew%%' ORDER BY table_name, ordinal_position;
SELECT 'index', pg_get_indexdef(indexrelid), indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'curlew%%' ORDER BY 2;
SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'curlew%%' ORDER BY 2, 3;
SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 2;
]],
  mysql = [[
SELECT 'column', TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'curlew%%'
  ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT 'index', TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'curlew%%' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;
SELECT 'constraint', TABLE_NAME, CONSTRAINT_NAME, CONSTRAINT_TYPE FROM information_schema.TABLE_CONSTRAINTS
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'curlew%%' ORDER BY TABLE_NAME, CONSTRAINT_NAME;
SELECT 'key', TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
  FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'curlew%%'
  ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION;
SELECT 'check', CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
  WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY CONSTRAINT_NAME;
SELECT 'view', TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() ORDER BY 2;
]],
  sqlite = [[
SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'curlew%%'
  AND name <> 'sqlite_sequence' ORDER BY type, name;
PRAGMA integrity_check;
PRAGMA foreign_key_check;
]],
}
schema.mariadb = schema.mysql

--- SQL that prints the state of a database in which these tables (a set) are expected.
function M.query(db, tables)
  local parts = { (schema[db]:gsub("%%%%", "%%")) }
  for _, entry in ipairs(rows) do
    if not tables or tables[entry[1]] then parts[#parts + 1] = ("SELECT '%s';\n%s;\n"):format(entry[1], entry[2]) end
  end
  return table.concat(parts)
end

--- What is there at head and at base.
M.at_head = { witness = true, users = true, audit = true, orders = true, labels = true, curlew_version = true,
              curlew_version_journal = true, curlew_version_run = true, curlew_version_backfill = true }
M.at_base = { witness = true, curlew_version = true, curlew_version_journal = true, curlew_version_run = true,
              curlew_version_backfill = true }

return M
