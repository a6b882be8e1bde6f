-- a table
ALTER TABLE users COMMENT = 'people''s accounts';
