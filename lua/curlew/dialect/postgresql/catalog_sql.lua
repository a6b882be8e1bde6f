--- The six queries of PostgreSQL's catalog; catalog.lua shapes what they give. `:schemas` is a list of names.

local M = {}

--- What an extension brought, or belongs to a column, is none of the schema's own objects.
local OWN = [[NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = '%s'::regclass AND x.objid = %s.oid
   AND (x.deptype = 'e' OR x.deptype IN ('a', 'i') AND x.refclassid = 'pg_catalog.pg_class'::regclass
     AND x.refobjsubid > 0 AND %s))]]

M.RELATIONS = [[
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment, c.relispartition AS is_partition,
       c.relpersistence::text AS persistence, array_to_string(c.reloptions, ', ') AS options,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_by,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS query,
       c.relrowsecurity AS row_security,
       (SELECT min(p.relname) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
         WHERE i.inhrelid = c.oid) AS parent,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
       pg_catalog.format_type(s.seqtypid, NULL) AS seqtype
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ]]
  .. OWN:format("pg_catalog.pg_class", "c", "c.relkind = 'S'")

M.COLUMNS = [[
SELECT a.attrelid::int8 AS oid, a.attname AS name, a.attnum AS number,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       t.typtype::text AS typtype, CASE WHEN t.typtype = 'e' THEN t.oid::int8 ELSE te.oid::int8 END AS enum,
       a.attnotnull AS not_null, a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_text,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation <> t.typcollation THEN
         CASE WHEN cn.nspname = 'pg_catalog' THEN co.collname::text ELSE cn.nspname || '.' || co.collname END
       END AS collation,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, sc.relname AS sequence
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_type te ON te.oid = t.typelem AND te.typtype = 'e' AND t.typcategory = 'A'
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
  LEFT JOIN pg_catalog.pg_depend dep ON dep.classid = 'pg_catalog.pg_class'::regclass
    AND dep.refclassid = 'pg_catalog.pg_class'::regclass
    AND dep.refobjid = c.oid AND dep.refobjsubid = a.attnum AND dep.deptype IN ('a', 'i')
    AND (a.attidentity <> '' OR d.oid IS NOT NULL)
    AND EXISTS (SELECT 1 FROM pg_catalog.pg_sequence q WHERE q.seqrelid = dep.objid)
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = dep.objid
  LEFT JOIN pg_catalog.pg_class sc ON sc.oid = dep.objid
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p')
 ORDER BY a.attrelid, a.attnum]]

M.CONSTRAINTS = [[
SELECT k.conrelid::int8 AS oid, k.conname AS name, k.contype::text AS kind, k.conkey::text AS keys,
       k.conindid::int8 AS index, fn.nspname AS referent_schema, fc.relname AS referent,
       (SELECT string_agg(a.attname, E'\x01' ORDER BY f.place) FROM unnest(k.confkey) WITH ORDINALITY f(number, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.number) AS referent_columns,
       k.confdeltype::text AS ondelete, k.confupdtype::text AS onupdate, k.confmatchtype::text AS match,
       k.condeferrable AS deferrable, k.condeferred AS deferred, k.convalidated AS valid, k.connoinherit AS no_inherit,
       CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END AS expression,
       CASE WHEN k.contype = 'x' THEN (SELECT string_agg(o.oprname, E'\x01' ORDER BY e.place)
          FROM unnest(k.conexclop) WITH ORDINALITY e(op, place) JOIN pg_catalog.pg_operator o ON o.oid = e.op)
       END AS operators
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid
  LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p') AND k.contype IN ('p', 'u', 'f', 'c', 'x')
   AND k.conparentid = 0
 ORDER BY k.conrelid, k.conname]]

M.INDEXES = [[
SELECT i.indrelid::int8 AS oid, i.indexrelid::int8 AS index, ic.relname AS name, i.indisunique AS is_unique,
       am.amname AS method, k.place AS place, i.indnkeyatts AS keys, a.attname AS column_name,
       CASE WHEN a.attname IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.place, false) END AS definition,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indisvalid AS valid, i.indkey[k.place - 1] AS number,
       i.indnullsnotdistinct AS nulls_not_distinct, array_to_string(ic.reloptions, ', ') AS options,
       i.indoption[k.place - 1] AS option,
       CASE WHEN NOT oc.opcdefault THEN oc.opcname END AS class,
       CASE WHEN i.indcollation[k.place - 1] NOT IN (0, coalesce(a.attcollation, 0)) AND a.attname IS NOT NULL
         THEN co.collname END AS collation
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid AND NOT ic.relispartition
  JOIN pg_catalog.pg_am am ON am.oid = ic.relam
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnatts) AS k(place)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1] AND a.attnum > 0
  LEFT JOIN pg_catalog.pg_opclass oc ON k.place <= i.indnkeyatts AND oc.oid = i.indclass[k.place - 1]
  LEFT JOIN pg_catalog.pg_collation co ON k.place <= i.indnkeyatts AND co.oid = i.indcollation[k.place - 1]
 WHERE n.nspname IN (:schemas) AND c.relkind IN ('r', 'p', 'm')
 ORDER BY i.indrelid, ic.relname, k.place]]

M.ENUMS = [[
SELECT t.oid::int8 AS oid, t.typname AS name, n.nspname AS schema, e.enumlabel AS label
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
 WHERE t.typtype = 'e' AND n.nspname IN (:schemas) AND ]] .. OWN:format("pg_catalog.pg_type", "t", "false") .. [[
 ORDER BY n.nspname, t.typname, e.enumsortorder]]

--- What has no operation that autogenerate could write, so that it can be told.
M.OTHERS = [[
SELECT 'function' AS kind, p.proname::text AS name, NULL AS table_name,
       pg_catalog.pg_get_function_identity_arguments(p.oid) AS text
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN (:schemas) AND ]] .. OWN:format("pg_catalog.pg_proc", "p", "false") .. [[
UNION ALL
SELECT 'trigger', t.tgname::text, c.relname::text, pg_catalog.pg_get_triggerdef(t.oid)
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname IN (:schemas)
UNION ALL
SELECT 'policy', p.polname::text, c.relname::text, NULL
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN (:schemas)
UNION ALL
SELECT 'rule', r.rulename::text, c.relname::text, pg_catalog.pg_get_ruledef(r.oid)
  FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE r.rulename <> '_RETURN' AND n.nspname IN (:schemas)
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END, t.typname::text,
       NULL, CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE n.nspname IN (:schemas) AND (t.typtype IN ('d', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND ]]
  .. OWN:format("pg_catalog.pg_type", "t", "false") .. " ORDER BY 1, 3, 2"

return M
