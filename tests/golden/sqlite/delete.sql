-- equalities
DELETE FROM users WHERE role = 'x';

-- every row
DELETE FROM users;
