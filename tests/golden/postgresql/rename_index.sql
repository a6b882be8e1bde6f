-- of a table
ALTER INDEX ix_users_role RENAME TO "Roles";
