-- that may be there
DO $curlew$ BEGIN
  IF NOT (EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass('users') AND conname = 'ck_users_age')) THEN
    ALTER TABLE users ADD CONSTRAINT ck_users_age CHECK (age > 0);
  END IF;
END $curlew$;
DO $curlew$ BEGIN
  IF NOT (EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass('users') AND conname = 'ck_other')) THEN
    ALTER TABLE users ADD CONSTRAINT ck_other CHECK (age > 0);
  END IF;
END $curlew$;

-- named
ALTER TABLE users ADD CONSTRAINT ck_old CHECK (age < 200);

-- not valid
ALTER TABLE users ADD CONSTRAINT ck_new CHECK (age < 100) NOT VALID;
