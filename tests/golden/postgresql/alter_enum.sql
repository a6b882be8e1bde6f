-- other values
ALTER TYPE state RENAME TO state__old;
CREATE TYPE state AS ENUM ('open', 'done', 'gone');
ALTER TABLE users ALTER COLUMN state TYPE state USING (CASE state::text WHEN 'new' THEN 'open' ELSE state::text END)::state;
DROP TYPE state__old;
