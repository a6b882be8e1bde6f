-- named
ALTER TABLE users ADD CONSTRAINT uq_role_age UNIQUE (role, age);

-- unnamed
ALTER TABLE users ADD UNIQUE (age);

-- deferrable
ALTER TABLE users ADD CONSTRAINT uq_d UNIQUE (age) DEFERRABLE INITIALLY DEFERRED;

-- with included columns
ALTER TABLE users ADD CONSTRAINT uq_i UNIQUE (age) INCLUDE (role);

-- NULLs equal
ALTER TABLE users ADD CONSTRAINT uq_n UNIQUE NULLS NOT DISTINCT (age);
