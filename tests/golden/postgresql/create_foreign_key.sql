-- named
ALTER TABLE teams ADD CONSTRAINT fk_lead FOREIGN KEY (lead_id) REFERENCES users (id) ON DELETE SET NULL;

-- unnamed
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES users (id);

-- not valid
ALTER TABLE teams ADD CONSTRAINT fk_lead FOREIGN KEY (lead_id) REFERENCES users (id) NOT VALID;

-- deferrable
ALTER TABLE teams ADD CONSTRAINT fk_lead FOREIGN KEY (lead_id) REFERENCES users (id) DEFERRABLE INITIALLY IMMEDIATE;

-- set default
ALTER TABLE teams ADD CONSTRAINT fk_lead FOREIGN KEY (lead_id) REFERENCES users (id) ON DELETE SET DEFAULT;
