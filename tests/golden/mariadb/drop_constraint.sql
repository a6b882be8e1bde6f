-- that may not be there
SET @curlew_sql = IF(EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND CONSTRAINT_NAME = 'nothing'), 'ALTER TABLE users DROP CONSTRAINT nothing', 'DO 0');
PREPARE curlew_statement FROM @curlew_sql;
EXECUTE curlew_statement;
DEALLOCATE PREPARE curlew_statement;

-- foreign key
ALTER TABLE posts DROP FOREIGN KEY fk_posts_user;

-- unique
ALTER TABLE users DROP INDEX uq_users_email;

-- check
ALTER TABLE users DROP CONSTRAINT ck_users_age;

-- primary key
ALTER TABLE plain2 DROP PRIMARY KEY;

-- of any type
ALTER TABLE users DROP CONSTRAINT ck_users_age;
