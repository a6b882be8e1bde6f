-- a function
DROP FUNCTION IF EXISTS nothing;
