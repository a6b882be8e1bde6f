-- rows of one shape
INSERT INTO teams (name) VALUES ('a');
INSERT INTO teams (name) VALUES ('b');

-- rows that differ
INSERT INTO teams (name) VALUES ('a');
INSERT INTO teams (lead_id, name) VALUES (2, 'b');
INSERT INTO teams (lead_id, name) VALUES (NULL, 'c');
INSERT INTO teams (name) VALUES (lower('D'));

-- none
-- (no statement)
