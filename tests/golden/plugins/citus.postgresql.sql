-- distributed
-- refused: PostgreSQL can't do this: op.create_distributed_table; plugin citus has it for citus

-- shards of two minds
-- refused: op.create_distributed_table: shard_count is that of the table it is colocated with: leave it out

-- nothing to alter
-- refused: op.alter_distributed_table: nothing is to be changed
