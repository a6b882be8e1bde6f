-- that may not be there
DROP INDEX IF EXISTS nothing;

-- of a table
DROP INDEX ix_users_role;

-- concurrently
DROP INDEX CONCURRENTLY ix_users_role;
