-- named
ALTER TABLE users ADD CONSTRAINT ck_old CHECK (age < 200);

-- not valid
ALTER TABLE users ADD CONSTRAINT ck_new CHECK (age < 100) NOT VALID;
