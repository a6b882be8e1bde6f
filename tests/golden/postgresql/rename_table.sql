-- a table
ALTER TABLE posts RENAME TO "Articles";
