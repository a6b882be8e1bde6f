-- a partitioned table
CREATE TABLE log.events (
  at TIMESTAMP NOT NULL,
  id BIGINT NOT NULL,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
COMMENT ON TABLE log.events IS 'What happened';
-- back: DROP TABLE log.events

-- on an expression and a column
CREATE TABLE t (
  a TEXT,
  "B" TEXT
) PARTITION BY HASH ((lower(a)), "B");
-- back: DROP TABLE t

-- a partition of a range
CREATE TABLE log.events_2026 PARTITION OF log.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- back: DROP TABLE log.events_2026

-- open ends, several columns
CREATE TABLE p PARTITION OF t FOR VALUES FROM (MINVALUE, 1) TO ('x', MAXVALUE);
-- back: DROP TABLE p

-- of a list, partitioned itself, elsewhere
CREATE TABLE p PARTITION OF t FOR VALUES IN ('it''s', NULL, 7) PARTITION BY RANGE (at) TABLESPACE "Big";
-- back: DROP TABLE p

-- the default
CREATE TABLE p PARTITION OF t DEFAULT;
-- back: DROP TABLE p

-- months over a new year
CREATE TABLE events_2026_11 PARTITION OF events FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
CREATE TABLE events_2026_12 PARTITION OF events FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');
CREATE TABLE events_2027_01 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2027-02-01');
-- back: DROP TABLE events_2027_01
-- back: DROP TABLE events_2026_12
-- back: DROP TABLE events_2026_11

-- weeks, quarters
CREATE TABLE w_2026_w53 PARTITION OF w FOR VALUES FROM ('2026-12-28') TO ('2027-01-04');
CREATE TABLE w_2027_w01 PARTITION OF w FOR VALUES FROM ('2027-01-04') TO ('2027-01-11');
CREATE TABLE q_2026_q3 PARTITION OF q FOR VALUES FROM ('2026-07-01') TO ('2026-10-01');
CREATE TABLE q_2026_q4 PARTITION OF q FOR VALUES FROM ('2026-10-01') TO ('2027-01-01');
-- back: DROP TABLE q_2026_q4
-- back: DROP TABLE q_2026_q3
-- back: DROP TABLE w_2027_w01
-- back: DROP TABLE w_2026_w53

-- numbers
CREATE TABLE n_minus_1000 PARTITION OF n FOR VALUES FROM (-1000) TO (0);
CREATE TABLE n_0 PARTITION OF n FOR VALUES FROM (0) TO (1000);
-- back: DROP TABLE n_0
-- back: DROP TABLE n_minus_1000

-- hash
CREATE TABLE app.users_0 PARTITION OF app.users FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.users_1 PARTITION OF app.users FOR VALUES WITH (MODULUS 2, REMAINDER 1);
-- back: DROP TABLE app.users_1
-- back: DROP TABLE app.users_0

-- attached
ALTER TABLE events ATTACH PARTITION old FOR VALUES FROM (1) TO (5);
-- back: ALTER TABLE events DETACH PARTITION old

-- detached
ALTER TABLE events DETACH PARTITION old;
-- back: (can't be reversed)

-- detached concurrently, with the way back
ALTER TABLE log.events DETACH PARTITION log.old CONCURRENTLY;
-- back: ALTER TABLE log.events ATTACH PARTITION log.old FOR VALUES FROM (1) TO (5)

-- no bounds
-- refused: op.create_partition: bounds are missing: from and to, values, modulus and remainder, or default = true

-- two kinds of bounds
-- refused: op.attach_partition: bounds are of several kinds: list, default

-- half a range
-- refused: op.create_partition: a range needs both from and to

-- a remainder that is none
-- refused: op.create_partition: modulus must be above 0 and remainder from 0 to one less

-- no such day
-- refused: op.create_range_partitions: from must be a date such as "2026-01-31" or "2026-01"

-- no such unit
-- refused: op.create_range_partitions: every must be one of day, week, month, quarter, year, or a whole number

-- no such method
-- refused: op.create_partitioned_table: by must be "range", "list" or "hash", not "rnage"

-- an option that is missing
-- refused: op.create_hash_partitions: modulus is missing

-- the default, concurrently
-- refused: op.detach_partition: a default partition can't be detached concurrently
