-- that may be there
SET @curlew_sql = IF(NOT EXISTS (SELECT 1 FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'everybody'), 'CREATE VIEW everybody AS SELECT 1 AS id', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;

-- a query
CREATE VIEW adults AS SELECT id, email FROM users WHERE age >= 18;

-- named columns
CREATE OR REPLACE VIEW adults (`Id`, mail) AS SELECT id, email FROM users;

-- materialized
-- refused: MariaDB can't do this: a materialized view; use a table that an event or a job fills
