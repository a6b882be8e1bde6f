# Writes a linear history of `count` small revisions below `dir` and prints the SQL that marks all of
# them as applied: awk -v dir=DIR -v count=N -f bench/make_project.awk | sqlite3 app.db
function id(n) { return sprintf("%012x", n * 7919 + 104729) }

BEGIN {
  for (n = 1; n <= count; n++) {
    file = sprintf("%s/migrations/versions/%s_create_table_%d.lua", dir, id(n), n)
    parent = n > 1 ? "\"" id(n - 1) "\"" : "nil"
    printf "-- create table %d\n--\n-- Revision ID: %s\n-- Revises: %s\n", n, id(n),
      (n > 1 ? id(n - 1) : "") > file
    printf "-- Create Date: 2026-11-20 10:30:00\n\n" > file
    printf "local op = require \"op\"\nlocal types = op.types\n\n" > file
    printf "local M = {\n  revision = \"%s\",\n  down_revision = %s,\n", id(n), parent > file
    printf "  branch_labels = nil,\n  depends_on = nil,\n}\n\n" > file
    printf "function M.upgrade(ctx)\n  op.create_table(\"t%d\", {\n", n > file
    printf "    { \"id\", types.bigint, primary_key = true },\n" > file
    printf "    { \"name\", types.varchar(120), nullable = false, unique = true },\n" > file
    printf "    { \"role\", types.varchar(20), server_default = \"user\" },\n  })\n" > file
    printf "  op.create_index(\"ix_t%d_role\", \"t%d\", { \"role\" })\nend\n\n", n, n > file
    printf "function M.downgrade(ctx)\n  op.drop_table(\"t%d\")\nend\n\nreturn M\n", n > file
    close(file)
  }
  print "CREATE TABLE curlew_version (version_num VARCHAR(128) NOT NULL PRIMARY KEY);"
  printf "INSERT INTO curlew_version VALUES ('%s');\n", id(count)
}
