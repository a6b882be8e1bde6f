-- a table
COMMENT ON TABLE users IS 'people''s accounts';
