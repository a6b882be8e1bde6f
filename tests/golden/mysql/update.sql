-- equalities
UPDATE users SET age = age + 1, role = 'x' WHERE id = 1 AND note IS NULL;

-- lists
UPDATE users SET age = NULL WHERE 1 = 0 AND id IN (1, 2) AND (role IN ('a') OR role IS NULL);

-- expression
UPDATE users SET age = 2 WHERE age < 2 OR age IS NULL;

-- every row
UPDATE users SET age = 2;
