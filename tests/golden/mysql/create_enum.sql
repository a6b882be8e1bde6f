-- values
-- (no statement)

-- that may be there
-- (no statement)
