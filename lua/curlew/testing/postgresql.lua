--- A snapshot of a PostgreSQL database (snapshot.lua): all schemas but the server's own, without what belongs to
--- extensions. Each query gives the title of an object and one line of its description.

local M = {}

--- Of the namespace n.
local OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"

--- Of an object of a catalog: no extension's.
local function ours(catalog, oid)
  return OURS .. (" AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.%s'::regclass "
    .. "AND e.objid = %s AND e.deptype = 'e')"):format(catalog, oid)
end

--- A relation's name for people, with its schema unless that is the current one.
local NAME = "CASE WHEN n.nspname = pg_catalog.current_schema() THEN '' ELSE n.nspname || '.' END || c.relname"
local TITLE = [[CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table '
  WHEN 'S' THEN 'sequence ' WHEN 'c' THEN 'type ' ELSE 'table ' END || ]] .. NAME
local FROM = "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "

local QUERIES = {
  -- The relations themselves; sequences of identity columns are a part of theirs.
  "SELECT " .. TITLE .. [[ AS title, c.relname AS relation, c.relkind::text AS kind, n.nspname AS schema,
    CASE WHEN c.relpersistence = 'u' THEN 'unlogged ' ELSE '' END
      || CASE WHEN c.relrowsecurity THEN 'row security ' ELSE '' END
      || CASE WHEN c.relkind = 'p' THEN 'partition by ' || pg_catalog.pg_get_partkeydef(c.oid) || ' ' ELSE '' END
      || coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid) || ' of '
           || (SELECT i.inhparent::regclass::text FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) || ' ', '')
      || coalesce(pg_catalog.array_to_string(c.reloptions, ' '), '') AS line ]] .. FROM
    .. "WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND " .. ours("pg_class", "c.oid")
    .. " AND NOT (c.relkind = 'S' AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.objid = c.oid AND x.deptype = 'i'))",
  "SELECT " .. TITLE .. [[ AS title, c.relname AS relation, 'column ' || a.attname || ': '
      || pg_catalog.format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
      || CASE a.attidentity WHEN 'a' THEN ' IDENTITY ALWAYS' WHEN 'd' THEN ' IDENTITY' ELSE '' END
      || coalesce(CASE WHEN a.attgenerated = '' THEN ' DEFAULT ' ELSE ' GENERATED ' END
           || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
      || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || co.collname ELSE '' END
      || coalesce(' -- ' || pg_catalog.col_description(c.oid, a.attnum), '') AS line ]] .. FROM .. [[
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
    WHERE c.relkind IN ('r', 'p', 'f', 'c', 'v', 'm') AND ]] .. ours("pg_class", "c.oid"),
  "SELECT " .. TITLE .. [[ AS title, c.relname AS relation, 'constraint ' || k.conname || ': '
      || pg_catalog.pg_get_constraintdef(k.oid) AS line ]] .. FROM
    .. "JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid WHERE k.contype <> 't' AND " .. ours("pg_class", "c.oid"),
  "SELECT " .. TITLE .. [[ AS title, c.relname AS relation, pg_catalog.pg_get_indexdef(i.indexrelid)
      || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END AS line ]] .. FROM .. [[
    JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
      AND c.relkind <> 't' AND ]] .. ours("pg_class", "c.oid"),
  "SELECT " .. TITLE .. " AS title, c.relname AS relation, pg_catalog.pg_get_triggerdef(t.oid) AS line " .. FROM
    .. "JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal WHERE " .. ours("pg_class", "c.oid"),
  "SELECT " .. TITLE .. " AS title, c.relname AS relation, pg_catalog.pg_get_viewdef(c.oid) AS line " .. FROM
    .. "WHERE c.relkind IN ('v', 'm') AND " .. ours("pg_class", "c.oid"),
  "SELECT " .. TITLE .. " AS title, c.relname AS relation, 'comment: ' || o.description AS line " .. FROM
    .. "JOIN pg_catalog.pg_description o ON o.objoid = c.oid AND o.objsubid = 0 AND o.classoid = 'pg_catalog.pg_class'::regclass "
    .. "WHERE " .. ours("pg_class", "c.oid"),
  "SELECT " .. TITLE .. [[ AS title, c.relname AS relation, pg_catalog.format('%s from %s to %s by %s%s',
      s.seqtypid::regtype, s.seqmin, s.seqmax, s.seqincrement, CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END) AS line ]]
    .. FROM .. "JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid WHERE " .. ours("pg_class", "c.oid")
    .. " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.objid = c.oid AND x.deptype = 'i')",
  [[SELECT CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
      || p.oid::regprocedure::text AS title,
      CASE WHEN p.prokind IN ('f', 'p') THEN pg_catalog.pg_get_functiondef(p.oid) ELSE p.prosrc END AS line
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ]] .. ours("pg_proc", "p.oid"),
  [[SELECT 'type ' || pg_catalog.format_type(t.oid, NULL) AS title,
      'values ' || pg_catalog.string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) AS line
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid WHERE ]] .. ours("pg_type", "t.oid") .. " GROUP BY t.oid",
  [[SELECT 'domain ' || pg_catalog.format_type(t.oid, NULL) AS title,
      pg_catalog.format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
      || coalesce(' DEFAULT ' || t.typdefault, '') || coalesce((SELECT ' '
           || pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
         FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid), '') AS line
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND ]] .. ours("pg_type", "t.oid"),
  [[SELECT CASE WHEN p.schemaname = pg_catalog.current_schema() THEN 'table ' ELSE 'table ' || p.schemaname || '.' END
      || p.tablename AS title, p.tablename AS relation, pg_catalog.format('policy %s: %s %s to %s using (%s) check (%s)',
        p.policyname, p.permissive, p.cmd, p.roles, p.qual, p.with_check) AS line FROM pg_catalog.pg_policies p]],
  [[SELECT CASE WHEN r.schemaname = pg_catalog.current_schema() THEN 'table ' ELSE 'table ' || r.schemaname || '.' END
      || r.tablename AS title, r.tablename AS relation, r.definition AS line FROM pg_catalog.pg_rules r
    WHERE r.schemaname NOT IN ('pg_catalog', 'information_schema')]],
  "SELECT 'schema ' || n.nspname AS title, '' AS line FROM pg_catalog.pg_namespace n WHERE " .. ours("pg_namespace", "n.oid"),
  "SELECT 'extension ' || x.extname AS title, '' AS line FROM pg_catalog.pg_extension x",
}

---@return table<string, string[]> objects
---@return string[] tables those of the current schema
function M.read(conn, _d, service)
  local objects, tables, current = {}, {}, conn:scalar "SELECT pg_catalog.current_schema()"
  for _, query in ipairs(QUERIES) do
    for _, row in ipairs(conn:all(query)) do
      if not (row.relation and service[row.relation]) then
        local lines = objects[row.title]
        if not lines then
          lines = {}
          objects[row.title] = lines
        end
        if row.line and row.line ~= "" then lines[#lines + 1] = row.line end
        if (row.kind == "r" or row.kind == "p") and row.schema == current then tables[#tables + 1] = row.relation end
      end
    end
  end
  return objects, tables
end

return M
