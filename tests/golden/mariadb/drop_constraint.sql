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
