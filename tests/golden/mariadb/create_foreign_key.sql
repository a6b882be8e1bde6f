-- named
ALTER TABLE teams ADD CONSTRAINT fk_lead FOREIGN KEY (lead_id) REFERENCES users (id) ON DELETE SET NULL;

-- unnamed
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES users (id);

-- not valid
-- refused: MariaDB can't do this: not_valid; existing rows are always checked here; leave it out

-- deferrable
-- refused: MariaDB can't do this: deferrable constraints; leave deferrable and initially out

-- set default
-- refused: MariaDB can't do this: "set default" on a foreign key; use "set null" or a trigger
