--- The plugin pg_partitions: its SQL, and the dates that its ranges are made of.
local golden = require "support.plugin_golden"

describe("pg_partitions", function()
  setup(function() golden.load "pg_partitions" end)

  it("writes the SQL of its golden file", function()
    golden.check("pg_partitions", { "postgresql" }, {
      { "a partitioned table", function(op, types)
        op.create_partitioned_table("events", { { "at", types.timestamp, primary_key = true },
          { "id", types.bigint, primary_key = true }, comment = "What happened" }, { by = "range", on = "at", schema = "log" })
      end },
      { "on an expression and a column", function(op, types)
        op.create_partitioned_table("t", { { "a", types.text }, { "B", types.text } },
          { by = "hash", on = { op.sql "lower(a)", "B" } })
      end },
      { "a partition of a range", function(op)
        op.create_partition("events_2026", "events", { from = "2026-01-01", to = "2027-01-01", schema = "log" })
      end },
      { "open ends, several columns", function(op)
        op.create_partition("p", "t", { from = { op.sql "MINVALUE", 1 }, to = { "x", op.sql "MAXVALUE" } })
      end },
      { "of a list, partitioned itself, elsewhere", function(op)
        op.create_partition("p", "t", { values = { "it's", op.null, 7 }, partition_by = "range",
          partition_on = { "at" }, tablespace = "Big" })
      end },
      { "the default", function(op) op.create_partition("p", "t", { default = true }) end },
      { "months over a new year", function(op)
        op.create_range_partitions("events", { every = "month", from = "2026-11-20", count = 3 })
      end },
      { "weeks, quarters", function(op)
        op.create_range_partitions("w", { every = "week", from = "2026-12-30", count = 2 })
        op.create_range_partitions("q", { every = "quarter", from = "2026-08", count = 2 })
      end },
      { "numbers", function(op) op.create_range_partitions("n", { every = 1000, from = -1000, count = 2 }) end },
      { "hash", function(op) op.create_hash_partitions("users", { modulus = 2, schema = "app" }) end },
      { "attached", function(op) op.attach_partition("old", "events", { from = 1, to = 5 }) end },
      { "detached", function(op) op.detach_partition("old", "events") end },
      { "detached concurrently, with the way back", function(op)
        op.detach_partition("old", "events", { concurrently = true, from = 1, to = 5, schema = "log" })
      end },
      { "no bounds", function(op) op.create_partition("p", "t") end },
      { "two kinds of bounds", function(op) op.attach_partition("p", "t", { default = true, values = { 1 } }) end },
      { "half a range", function(op) op.create_partition("p", "t", { from = 1 }) end },
      { "a remainder that is none", function(op) op.create_partition("p", "t", { modulus = 2, remainder = 2 }) end },
      { "no such day", function(op) op.create_range_partitions("t", { every = "day", from = "2026-02-29", count = 1 }) end },
      { "no such unit", function(op) op.create_range_partitions("t", { every = "hour", from = "2026-02", count = 1 }) end },
      { "no such method", function(op) op.create_partitioned_table("t", { { "a", op.types.text } }, { by = "rnage", on = "a" }) end },
      { "an option that is missing", function(op) op.create_hash_partitions("t") end },
      { "the default, concurrently", function(op) op.detach_partition("p", "t", { default = true, concurrently = true }) end },
    })
  end)

  it("knows the calendar", function()
    local dates = require "pg_partitions.dates"
    local date = dates.parse "2023-01-01"
    for _ = 1, 2000 do -- beside the C library's
      local after = dates.next(date, "day")
      local time = os.time { year = date.year, month = date.month, day = date.day, hour = 12 } + 86400
      assert.equal(os.date("!%Y-%m-%d", time), dates.text(after))
      assert.equal(os.date("!%G_w%V", time), dates.label(dates.floor(after, "week"), "week"))
      date = after
    end
    assert.equal("2023-12-25", dates.text(dates.floor(dates.parse "2023-12-31", "week")))
    assert.is_nil(dates.parse "2023-02-29")
    assert.equal("2024-02-29", dates.text(dates.parse "2024-02-29"))
    assert.is_nil(dates.parse "2023-13")
  end)
end)
