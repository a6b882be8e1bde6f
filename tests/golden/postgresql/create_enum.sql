-- values
CREATE TYPE mood AS ENUM ('ok', 'it''s bad');

-- that may be there
DO $curlew$ BEGIN
  CREATE TYPE mood AS ENUM ('ok');
EXCEPTION WHEN duplicate_object THEN NULL;
END $curlew$;
