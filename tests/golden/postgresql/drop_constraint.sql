-- that may not be there
ALTER TABLE users DROP CONSTRAINT IF EXISTS nothing;

-- foreign key
ALTER TABLE posts DROP CONSTRAINT fk_posts_user;

-- unique
ALTER TABLE users DROP CONSTRAINT uq_users_email;

-- check
ALTER TABLE users DROP CONSTRAINT ck_users_age;

-- primary key
ALTER TABLE plain2 DROP CONSTRAINT plain2_pkey;

-- of any type
ALTER TABLE users DROP CONSTRAINT ck_users_age;
