-- of a table
ALTER TABLE users RENAME INDEX ix_users_role TO `Roles`;
