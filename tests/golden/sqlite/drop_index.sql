-- that may not be there
DROP INDEX IF EXISTS "nothing";

-- of a table
DROP INDEX ix_users_role;

-- concurrently
DROP INDEX ix_users_role;
