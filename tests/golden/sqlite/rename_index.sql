-- of a table
DROP INDEX ix_users_role;
CREATE INDEX "Roles" ON users (role);
