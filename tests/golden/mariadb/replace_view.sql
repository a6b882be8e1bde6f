-- a query
CREATE OR REPLACE VIEW everybody AS SELECT id FROM users WHERE age > 1;
