-- a query
DROP VIEW IF EXISTS everybody;
CREATE VIEW everybody AS SELECT id FROM users WHERE age > 1;
