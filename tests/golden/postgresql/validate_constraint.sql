-- a check
ALTER TABLE users VALIDATE CONSTRAINT ck_users_age;
