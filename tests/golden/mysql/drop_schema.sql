-- a schema
DROP SCHEMA IF EXISTS nothing;
