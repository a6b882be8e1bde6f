-- a trigger
DROP TRIGGER IF EXISTS nothing;
