#!/bin/sh
# Files stay short enough to read at one go: C up to 700 lines, Lua up to 350; tests up to 900 and
# 500. Lines of C aim at 100 columns; over 130 is an error (tests: 180, for tables of cases).
set -eu

C_LIMIT=700
C_TEST_LIMIT=900
LUA_LIMIT=350
LUA_TEST_LIMIT=500
COLUMNS_LIMIT=130
TEST_COLUMNS_LIMIT=180
status=0

check() { # check LIMIT FILES-FROM-STDIN
  xargs -r -d '\n' wc -l | awk -v limit="$1" '
    $2 != "total" && $1 > limit { print $2 ": " $1 " lines, at most " limit ": split it along its meaning"; bad = 1 }
    END { exit bad }'
}

find src bench -name '*.[ch]' 2>/dev/null | sort | check $C_LIMIT || status=1
find tests -name '*.[ch]' 2>/dev/null | sort | check $C_TEST_LIMIT || status=1
# Stubs in lua/_meta are generated: editors read them, people read the definitions.
find lua migrations plugins -name '*.lua' -not -path 'lua/_meta/*' 2>/dev/null | sort | check $LUA_LIMIT || status=1
find tests -name '*.lua' 2>/dev/null | sort | check $LUA_TEST_LIMIT || status=1

# nothing PATTERN WHY FOLDER...: no C line below matches. Characters are counted, not bytes.
nothing() {
  pattern=$1
  why=$2
  shift 2
  if find "$@" -name '*.[ch]' -print0 | sort -z |
      LC_ALL=C.UTF-8 xargs -0 -r grep -nE "$pattern" /dev/null; then
    echo "  ^ $why"
    status=1
  fi
}
nothing ".{$((COLUMNS_LIMIT + 1))}" "at most $COLUMNS_LIMIT columns" src bench
nothing ".{$((TEST_COLUMNS_LIMIT + 1))}" "at most $TEST_COLUMNS_LIMIT columns" tests
nothing "$(printf '\t')" "indent with spaces" src bench tests
nothing ' $' "trailing space" src bench tests

exit $status
