-- that may be there
-- refused: op.create_trigger: if_not_exists has to look into the catalog, which can't be read offline; leave it out, or test ctx.offline

-- with a body
CREATE TRIGGER grow BEFORE UPDATE ON users FOR EACH ROW BEGIN SET NEW.age = NEW.age + 1; END;

-- that calls a function, for several events
-- refused: MariaDB can't do this: a trigger with execute; write its body = "BEGIN ... END"

-- with a condition, in place of another
-- refused: MariaDB can't do this: a trigger's condition; write IF ... THEN ... END IF in its body
