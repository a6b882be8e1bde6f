-- rename
ALTER TABLE users RENAME COLUMN note TO remark;

-- type
ALTER TABLE users MODIFY COLUMN note VARCHAR(500);

-- type with using
-- refused: MySQL can't do this: op.alter_column with using; convert the rows with op.update first

-- nullability
ALTER TABLE users MODIFY COLUMN age INTEGER NOT NULL;

-- set default
ALTER TABLE users ALTER COLUMN role SET DEFAULT 'guest';

-- drop default
ALTER TABLE users ALTER COLUMN role DROP DEFAULT;

-- comment
ALTER TABLE users MODIFY COLUMN age INTEGER COMMENT 'in years';

-- everything at once
ALTER TABLE plain CHANGE COLUMN a years BIGINT NOT NULL DEFAULT 3 COMMENT 'old';

-- nothing
-- (no statement)

-- auto-increment
ALTER TABLE plain MODIFY COLUMN id BIGINT NOT NULL AUTO_INCREMENT;

-- identity
ALTER TABLE plain MODIFY COLUMN id BIGINT NOT NULL AUTO_INCREMENT, AUTO_INCREMENT = 50;
