#!/bin/sh
# The shell scripts pass shellcheck.
set -eu

if ! command -v shellcheck >/dev/null; then
  echo "SKIPPED: shellcheck is not installed"
  exit 77
fi
# By their first line: most scripts have no suffix. (SC2317 takes functions that only a trap calls for
# unreachable.)
# shellcheck disable=SC2046 # our own file names have no spaces
exec shellcheck --exclude=SC2317 $(find scripts .ci tests bench -type f -exec grep -lE '^#!/bin/(ba)?sh' {} +)
