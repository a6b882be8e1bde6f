-- named
ALTER TABLE users ADD CONSTRAINT ck_old CHECK (age < 200);

-- not valid
-- refused: MariaDB can't do this: not_valid; existing rows are always checked here; leave it out
