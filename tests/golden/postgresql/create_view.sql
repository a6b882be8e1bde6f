-- that may be there
DO $curlew$ BEGIN
  IF NOT (to_regclass('everybody') IS NOT NULL) THEN
    CREATE VIEW everybody AS SELECT 1 AS id;
  END IF;
END $curlew$;

-- a query
CREATE VIEW adults AS SELECT id, email FROM users WHERE age >= 18;

-- named columns
DO $curlew$ BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW adults ("Id", mail) AS SELECT id, email FROM users';
EXCEPTION WHEN invalid_table_definition THEN
  DROP VIEW adults;
  EXECUTE 'CREATE VIEW adults ("Id", mail) AS SELECT id, email FROM users';
END $curlew$;

-- materialized
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
