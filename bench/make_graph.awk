# Writes near-empty revisions in a shape, for curlew (DIR/curlew) and for Alembic (DIR/alembic):
#
#   awk -v dir=DIR -v shape=linear|diamonds|fan -v count=N -f bench/make_graph.awk
#
# linear: a chain of N. diamonds: N times a revision, two beside each other and their merge (4N in all).
# fan: one base, N beside each other on it and their merge.
function id(n) { return sprintf("%012x", n * 7919 + 104729) }

function lua_list(parents) {
  return parents == "" ? "nil" : parents ~ /,/ ? "{ " parents " }" : parents
}

function python_list(parents) {
  return parents == "" ? "None" : parents ~ /,/ ? "(" parents ",)" : parents
}

# `parents`: quoted ids, comma-separated.
function write(n, parents,   file) {
  file = sprintf("%s/curlew/migrations/versions/%s_step.lua", dir, id(n))
  printf "-- step %d\nlocal M = {\n  revision = \"%s\",\n  down_revision = %s,\n}\n\n", n, id(n),
    lua_list(parents) > file
  printf "function M.upgrade()\nend\n\nfunction M.downgrade()\nend\n\nreturn M\n" > file
  close(file)
  file = sprintf("%s/alembic/versions/%s_step.py", dir, id(n))
  printf "\"\"\"step %d\"\"\"\nrevision = \"%s\"\ndown_revision = %s\nbranch_labels = None\n", n, id(n),
    python_list(parents) > file
  printf "depends_on = None\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n" > file
  close(file)
}

function quoted(n) { return "\"" id(n) "\"" }

BEGIN {
  if (shape == "linear") {
    for (n = 1; n <= count; n++) write(n, n > 1 ? quoted(n - 1) : "")
  } else if (shape == "diamonds") {
    for (n = 1; n <= 4 * count; n += 4) {
      write(n, n > 1 ? quoted(n - 1) : "")
      write(n + 1, quoted(n))
      write(n + 2, quoted(n))
      write(n + 3, quoted(n + 1) ", " quoted(n + 2))
    }
  } else {
    write(1, "")
    for (n = 2; n <= count + 1; n++) {
      write(n, quoted(1))
      all = all (n > 2 ? ", " : "") quoted(n)
    }
    write(count + 2, all)
  }
}
