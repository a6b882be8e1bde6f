-- an enum
-- (no statement)

-- that may not be there
-- (no statement)
