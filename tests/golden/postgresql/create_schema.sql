-- a schema
CREATE SCHEMA IF NOT EXISTS "Extra";
