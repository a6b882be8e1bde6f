-- a query
CREATE VIEW adults AS SELECT id, email FROM users WHERE age >= 18;

-- named columns
CREATE OR REPLACE VIEW adults (`Id`, mail) AS SELECT id, email FROM users;

-- materialized
-- refused: MariaDB can't do this: a materialized view; use a table that an event or a job fills
