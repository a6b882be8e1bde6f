-- that may be there
DO $curlew$ BEGIN
  IF NOT (EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass('users') AND tgname = 'grow')) THEN
    CREATE OR REPLACE FUNCTION users_grow() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RETURN OLD; END;
$body$;
    CREATE TRIGGER grow BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION users_grow();
  END IF;
END $curlew$;

-- with a body
CREATE OR REPLACE FUNCTION users_grow() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN NEW.age := NEW.age + 1; RETURN NEW; END;
$body$;
CREATE TRIGGER grow BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_grow();

-- that calls a function, for several events
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF age ON users FOR EACH ROW WHEN (NEW.age > 1) EXECUTE FUNCTION note_it();

-- with a condition, in place of another
CREATE OR REPLACE FUNCTION users_grow() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RETURN NULL; END;
$body$;
CREATE OR REPLACE TRIGGER grow AFTER UPDATE OF age ON users FOR EACH ROW WHEN (NEW.age > 1) EXECUTE FUNCTION users_grow();
