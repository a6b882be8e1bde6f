-- that may be there
CREATE VIEW IF NOT EXISTS everybody AS SELECT 1 AS id;

-- a query
CREATE VIEW adults AS SELECT id, email FROM users WHERE age >= 18;

-- named columns
DROP VIEW IF EXISTS adults;
CREATE VIEW adults ("Id", mail) AS SELECT id, email FROM users;

-- materialized
-- refused: SQLite can't do this: a materialized view; use a table that triggers fill
