-- that may be there
SET @curlew_sql = IF(NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND CONSTRAINT_NAME = 'ck_users_age'), 'ALTER TABLE users ADD CONSTRAINT ck_users_age CHECK (age > 0)', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;
SET @curlew_sql = IF(NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND CONSTRAINT_NAME = 'ck_other'), 'ALTER TABLE users ADD CONSTRAINT ck_other CHECK (age > 0)', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;

-- named
ALTER TABLE users ADD CONSTRAINT ck_old CHECK (age < 200);

-- not valid
-- refused: MySQL can't do this: not_valid; existing rows are always checked here; leave it out
