-- at the end
DO $curlew$ BEGIN
  CREATE TYPE state AS ENUM ('new', 'done');
EXCEPTION WHEN duplicate_object THEN NULL;
END $curlew$;
ALTER TYPE state ADD VALUE 'gone';

-- before another
DO $curlew$ BEGIN
  CREATE TYPE state AS ENUM ('new', 'done');
EXCEPTION WHEN duplicate_object THEN NULL;
END $curlew$;
ALTER TYPE state ADD VALUE 'held' BEFORE 'done';
