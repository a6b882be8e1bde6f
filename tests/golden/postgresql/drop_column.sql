-- plain
ALTER TABLE users DROP COLUMN note;

-- that may not be there
ALTER TABLE users DROP COLUMN IF EXISTS nothing;
