-- that may not be there
SET @curlew_sql = IF(EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND INDEX_NAME = 'nothing'), 'DROP INDEX nothing ON users', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;

-- of a table
DROP INDEX ix_users_role ON users;

-- concurrently
ALTER TABLE users DROP INDEX ix_users_role, LOCK=NONE;
