-- a trigger
DROP TRIGGER IF EXISTS nothing ON users;
DROP FUNCTION IF EXISTS users_nothing();
