-- other values
ALTER TABLE users MODIFY COLUMN state ENUM('new', 'open', 'done', 'gone');
UPDATE users SET state = 'open' WHERE state = 'new';
ALTER TABLE users MODIFY COLUMN state ENUM('open', 'done', 'gone');
