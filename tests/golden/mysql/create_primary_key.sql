-- named
ALTER TABLE plain ADD CONSTRAINT pk_plain PRIMARY KEY (id);
