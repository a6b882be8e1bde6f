#!/bin/sh
# Files stay short enough to read at one go: C up to 700 lines (tests 900), Lua up to 350. Lines aim
# at 100 columns; over 130 is an error.
set -eu

C_LIMIT=700
C_TEST_LIMIT=900
LUA_LIMIT=350
COLUMNS_LIMIT=130
status=0

check() { # check LIMIT FILES-FROM-STDIN
  xargs -r -d '\n' wc -l | awk -v limit="$1" '
    $2 != "total" && $1 > limit { print $2 ": " $1 " lines, at most " limit ": split it along its meaning"; bad = 1 }
    END { exit bad }'
}

find src bench -name '*.[ch]' 2>/dev/null | sort | check $C_LIMIT || status=1
find tests -name '*.[ch]' 2>/dev/null | sort | check $C_TEST_LIMIT || status=1
# Stubs in lua/_meta are generated: editors read them, people read the definitions.
find lua tests migrations plugins -name '*.lua' -not -path 'lua/_meta/*' 2>/dev/null | sort | check $LUA_LIMIT || status=1

# nothing PATTERN WHY: no C line matches. Characters are counted, not bytes.
nothing() {
  if find src bench tests -name '*.[ch]' -print0 2>/dev/null | sort -z |
      LC_ALL=C.UTF-8 xargs -0 -r grep -nE "$1" /dev/null; then
    echo "  ^ $2"
    status=1
  fi
}
nothing ".{$((COLUMNS_LIMIT + 1))}" "at most $COLUMNS_LIMIT columns"
nothing "$(printf '\t')" "indent with spaces"
nothing ' $' "trailing space"

exit $status
