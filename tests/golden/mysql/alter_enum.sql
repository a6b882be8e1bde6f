-- other values
ALTER TABLE users MODIFY COLUMN state ENUM('new', 'open', 'done', 'gone');
UPDATE users SET state = CASE state WHEN 'new' THEN 'open' END WHERE state IN ('new');
ALTER TABLE users MODIFY COLUMN state ENUM('open', 'done', 'gone');
