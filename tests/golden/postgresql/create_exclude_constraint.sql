-- named
ALTER TABLE plain ADD CONSTRAINT ex_days EXCLUDE USING gist (id WITH =, (int4range(a, b)) WITH &&) WHERE (a < b);
