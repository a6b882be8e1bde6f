-- a view
DROP VIEW everybody;

-- that may not be there
DROP VIEW IF EXISTS nothing;
