-- a sequence
DROP SEQUENCE IF EXISTS nothing;
