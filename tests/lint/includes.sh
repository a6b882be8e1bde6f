#!/bin/sh
# The layers of src/ hold: who may include what, as src/README.md draws it.
set -eu

status=0

# forbid WHY PATTERN GREP-ARGUMENT...: the includes that match PATTERN are an error.
forbid() {
  why=$1
  pattern=$2
  shift 2
  if grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]+[<\"]$pattern" "$@" \
      --include='*.c' --include='*.h'; then
    echo "  ^ $why"
    status=1
  fi
}

# outside FOLDER...: prints the top folders and files of src/ that are none of these.
outside() {
  for path in src/*; do
    skip=
    for folder; do
      [ "$path" = "src/$folder" ] && skip=1
    done
    [ -n "$skip" ] || echo "$path"
  done
}

# db_but FOLDER: everything in src/ but src/db/FOLDER.
db_but() {
  outside db
  for path in src/db/*; do
    [ "$path" = "src/db/$1" ] || echo "$path"
  done
}

# layers LAYER...: those of the given layers of the core that exist.
layers() {
  for layer; do
    [ ! -d "src/$layer" ] || echo "src/$layer"
  done
}

[ -d src/util ] || { echo "src/util is missing: run this at the top of the project"; exit 1; }

lua='(lua[0-9.]*/)?(lua|lauxlib|lualib|luaconf)\.h[>"]'
# shellcheck disable=SC2046,SC2086 # our own folder names have no spaces
{
  forbid "only src/lua and src/plugin may know Lua" "$lua" $(outside lua plugin)
  forbid "only src/db/postgres may know libpq" \
    '(postgresql/)?(libpq-fe|libpq-events|pg_config|postgres_ext)\.h' $(db_but postgres)
  forbid "only src/db/mysql may know the MySQL protocol library" \
    '((mysql|mariadb)/)?(mysql|mysqld_error|errmsg|ma_common)\.h' $(db_but mysql)
  forbid "only src/db/sqlite may know SQLite's library" 'sqlite3\.h' $(db_but sqlite)

  forbid "only main.c may know that the scripts are in Lua" \
    '(\.\./)*(lua|plugin)/' $(outside lua plugin main.c)

  core=$(layers util config db graph txn op run)
  forbid "the core does not know the command line" '(\.\./)*cli/' $core
  forbid "drivers are reached through db/driver.h and the list in db/drivers.c" \
    '(\.\./)*(db/)?(postgres|mysql|sqlite)/' $(outside db) \
    $(find src/db -maxdepth 1 -name '*.[ch]' ! -name drivers.c)

  # main -> cli -> run -> { graph, txn, op } -> db -> util: nothing looks upwards.
  forbid "util is the lowest layer" \
    '(\.\./)*(config|db|graph|txn|op|run)/' $(layers util)
  forbid "db is below graph, txn, op and run" '(\.\./)*(graph|txn|op|run)/' $(layers db)
  forbid "graph, txn and op are below run" '(\.\./)*run/' $(layers graph txn op)
}

exit $status
