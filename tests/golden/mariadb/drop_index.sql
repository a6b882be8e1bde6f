-- of a table
DROP INDEX ix_users_role ON users;

-- concurrently
ALTER TABLE users DROP INDEX ix_users_role, LOCK=NONE;
