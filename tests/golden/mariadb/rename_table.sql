-- a table
RENAME TABLE posts TO `Articles`;
