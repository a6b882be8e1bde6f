-- a query
DO $curlew$ BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW everybody AS SELECT id FROM users WHERE age > 1';
EXCEPTION WHEN invalid_table_definition THEN
  DROP VIEW everybody;
  EXECUTE 'CREATE VIEW everybody AS SELECT id FROM users WHERE age > 1';
END $curlew$;
