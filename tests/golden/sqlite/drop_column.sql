-- plain
ALTER TABLE users DROP COLUMN note;

-- that may not be there
-- (no statement)
