-- a function
CREATE FUNCTION add_up(a integer, b integer) RETURNS integer DETERMINISTIC NO SQL RETURN a + b;

-- in its own language, in place of another
DROP FUNCTION IF EXISTS one;
CREATE FUNCTION one() RETURNS integer READS SQL DATA RETURN 1;
