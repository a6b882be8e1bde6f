-- that may be there
CREATE TRIGGER IF NOT EXISTS grow BEFORE DELETE ON users FOR EACH ROW BEGIN DELETE FROM plain; END;

-- with a body
CREATE TRIGGER grow BEFORE UPDATE ON users FOR EACH ROW BEGIN UPDATE users SET age = age + 1 WHERE id = NEW.id; END;

-- that calls a function, for several events
-- refused: SQLite can't do this: a trigger with execute; write its body = "BEGIN ... END"

-- with a condition, in place of another
DROP TRIGGER IF EXISTS grow;
CREATE TRIGGER grow AFTER UPDATE OF age ON users FOR EACH ROW WHEN NEW.age > 1 BEGIN DELETE FROM plain; END;
