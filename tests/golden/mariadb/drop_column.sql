-- plain
ALTER TABLE users DROP COLUMN note;

-- that may not be there
SET @curlew_sql = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND COLUMN_NAME = 'nothing'), 'ALTER TABLE users DROP COLUMN nothing', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;
