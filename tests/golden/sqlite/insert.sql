-- one row
INSERT INTO teams (lead_id, name) VALUES (1, 'it''s');

-- every kind of value
INSERT INTO kinds_of_values (a, b, c, d, e, f, g, h, i, j) VALUES (1, 1.5, 1, '\ and ''', NULL, 1 + 1, X'ff00', '🎈', 1e+300, -9223372036854775808);

-- defaults only
INSERT INTO defaults DEFAULT VALUES;

-- ignored when there
INSERT INTO teams (id, name) VALUES (1, 'a') ON CONFLICT DO NOTHING;

-- updated when there
INSERT INTO teams (id, lead_id, name) VALUES (1, 2, 'a') ON CONFLICT (id) DO UPDATE SET name = excluded.name, lead_id = excluded.lead_id;

-- updated with values when there
INSERT INTO teams (id, name) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET name = 'b';
