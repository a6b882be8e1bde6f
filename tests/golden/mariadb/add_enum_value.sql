-- at the end
ALTER TABLE users MODIFY COLUMN state ENUM('new', 'done', 'gone');

-- before another
ALTER TABLE users MODIFY COLUMN state ENUM('new', 'held', 'done');
