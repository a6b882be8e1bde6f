-- row security
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
ALTER TABLE "Users" DISABLE ROW LEVEL SECURITY;
ALTER TABLE "Users" NO FORCE ROW LEVEL SECURITY;
-- back: ALTER TABLE "Users" ENABLE ROW LEVEL SECURITY
-- back: ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY
-- back: ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY

-- a policy
CREATE POLICY own ON orders FOR ALL TO app, PUBLIC USING (owner = current_user) WITH CHECK (owner = current_user);
-- back: DROP POLICY own ON orders

-- a restrictive one for a command
CREATE POLICY "not gone" ON shop.orders AS RESTRICTIVE FOR SELECT USING (NOT gone);
-- back: DROP POLICY "not gone" ON shop.orders

-- changed, with what it was
ALTER POLICY own ON orders TO app USING (a);
ALTER POLICY own ON orders RENAME TO mine;
-- back: ALTER POLICY mine ON orders TO PUBLIC USING (b)
-- back: ALTER POLICY mine ON orders RENAME TO own

-- changed for good
ALTER POLICY own ON orders USING (a);
-- back: (can't be reversed)

-- renamed
ALTER POLICY own ON orders RENAME TO mine;
-- back: ALTER POLICY mine ON orders RENAME TO own

-- dropped
DROP POLICY IF EXISTS own ON orders;
-- back: (can't be reversed)

-- dropped, with what it was
DROP POLICY own ON orders;
-- back: CREATE POLICY own ON orders FOR INSERT TO app WITH CHECK (true)

-- grants
GRANT SELECT, UPDATE (email, "Name") ON TABLE shop.users, shop.orders TO app, PUBLIC;
GRANT USAGE ON SCHEMA shop TO app WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION add(integer, integer) TO CURRENT_USER;
GRANT ALL ON ALL TABLES IN SCHEMA shop TO app;
REVOKE ALL ON TABLE users FROM PUBLIC;
-- back: GRANT ALL ON TABLE users TO PUBLIC
-- back: REVOKE ALL ON ALL TABLES IN SCHEMA shop FROM app
-- back: REVOKE EXECUTE ON FUNCTION add(integer, integer) FROM CURRENT_USER
-- back: REVOKE USAGE ON SCHEMA shop FROM app
-- back: REVOKE SELECT, UPDATE (email, "Name") ON TABLE shop.users, shop.orders FROM app, PUBLIC

-- a function, and its next version
CREATE OR REPLACE function tax(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n';
CREATE OR REPLACE FUNCTION tax(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n * 2';
-- back: CREATE OR REPLACE FUNCTION tax(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n'
-- back: DROP FUNCTION tax(numeric)

-- a function that returns something else
DROP FUNCTION IF EXISTS app.f();
CREATE OR REPLACE PROCEDURE f() LANGUAGE sql AS '';
-- back: DROP PROCEDURE IF EXISTS app.f()
-- back: CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'

-- a function that goes
DROP FUNCTION f();
-- back: CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'

-- triggers
CREATE OR REPLACE TRIGGER audit AFTER INSERT ON orders EXECUTE FUNCTION note();
DROP TRIGGER IF EXISTS late ON orders;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();
DROP TRIGGER audit ON orders;
-- back: CREATE OR REPLACE TRIGGER audit AFTER INSERT ON orders EXECUTE FUNCTION note()
-- back: DROP TRIGGER late ON orders
-- back: DROP TRIGGER audit ON orders

-- no definition
-- refused: op.replace_function: definition must be the whole CREATE FUNCTION

-- a trigger that is a function
-- refused: op.replace_trigger: definition must be the whole CREATE TRIGGER

-- no such command
-- refused: op.create_policy: there is no command "uptade"

-- insert sees nothing
-- refused: op.create_policy: a policy for insert has check, not using

-- no such privilege
-- refused: op.grant: "selekt" is no privilege: write "select" or "update(column)"

-- no such kind
-- refused: op.grant: there is no kind of object "tabel"

-- to nobody
-- refused: op.grant: to is missing

-- nothing changes
-- refused: op.alter_policy: nothing is to be changed

-- a former that is of no use
-- refused: op.alter_policy: former.check is of no use: check does not change
