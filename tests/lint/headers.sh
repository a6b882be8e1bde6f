#!/bin/sh
# Every header compiles alone, so it includes what it needs; the public one also as strict C and C++.
set -eu

cc=${CC:-cc}
build=${CURLEW_BUILD_DIR:?set it to a configured build folder}
flags="-D_GNU_SOURCE= -Isrc -Isrc/plugin/include -I$build/generated $(pkg-config --cflags jansson)"
drivers="$(pkg-config --cflags libpq libmariadb sqlite3 2>/dev/null || true)"
lua=$(pkg-config --cflags lua5.4)
status=0

for header in $(find src -name '*.h' | sort); do
  case $header in
    src/lua/* | src/plugin/*) extra=$lua ;;
    src/db/*) extra=$drivers ;;
    *) extra= ;;
  esac
  # Included twice: the guard works. A header that only sets macros or bans functions is fine too.
  # shellcheck disable=SC2086 # lists of flags
  printf '#include "%s"\n#include "%s"\ntypedef int cw_not_empty;\n' \
      "${header#src/}" "${header#src/}" |
    "$cc" -std=c17 -Wall -Wextra -Werror -fsyntax-only -x c $flags $extra - ||
    { echo "$header does not compile alone"; status=1; }
done

public=src/plugin/include/curlew/plugin.h
if [ -f $public ]; then
  # shellcheck disable=SC2086
  printf '#include <curlew/plugin.h>\ntypedef int cw_not_empty;\n' |
    "$cc" -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c -Isrc/plugin/include $lua - || { echo "$public is not strict C99"; status=1; }
fi
exit $status
