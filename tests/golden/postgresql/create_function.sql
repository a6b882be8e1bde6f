-- a function
CREATE FUNCTION add_up(a integer, b integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN RETURN a + b; END
$body$;

-- in its own language, in place of another
CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS $body$
SELECT 1
$body$;
