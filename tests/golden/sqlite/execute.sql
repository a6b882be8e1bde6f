-- one statement
UPDATE users SET age = 3 WHERE note = 'a:b %d';
