#!/bin/bash
# Explores every state of lock.pml with spin, and sees that each mutant of it is found out.
#
#   check.sh       what the tests run
#   check.sh all   larger models too (some minutes, a gigabyte)
set -euo pipefail
cd "$(dirname "$0")"
model=$PWD/lock.pml

for tool in spin "${CC:-cc}"; do
  command -v "$tool" >/dev/null || {
    echo "SKIPPED: $tool is not installed; run scripts/setup"
    exit 77
  }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/curlew-model-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# explore OPTION...: prints what spin says; all options are defines of the model.
explore() {
  rm -f pan*
  spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; return 2; }
  "${CC:-cc}" -w -O2 -DSAFETY -DCOLLAPSE -o pan pan.c || return 2
  ./pan -m1000000 >pan.log 2>&1 || { cat pan.log; return 2; }
  grep -q 'errors: ' pan.log || { cat pan.log; return 2; }
  # An exploration that ended early (memory, depth) would be no proof.
  ! grep -Eq 'error: max search depth|out of memory|Search not completed' pan.log || grep -q 'errors: [1-9]' pan.log
}

failed=0

# sound WHAT OPTION...
sound() {
  local what=$1
  shift
  if explore "$@" && grep -q 'errors: 0' pan.log; then
    printf 'ok      %-44s %9d states\n' "$what" "$(awk '/states, stored/ { print $1 }' pan.log)"
  else
    printf 'FAILED  %s\n' "$what"
    cat pan.log
    [ ! -e lock.pml.trail ] || ./pan -r || true
    failed=1
  fi
}

# mutant NAME WHAT: has to be found out.
mutant() {
  if explore -DRUNNERS=2 -DN=2 "-D$1" && grep -q 'errors: [1-9]' pan.log; then
    printf 'found   %-14s %s: %s\n' "$1" "$2" "$(sed -n 's/^pan:1: //p' pan.log)"
  else
    printf 'FAILED  the mutant %s was not found out (%s)\n' "$1" "$2"
    cat pan.log
    failed=1
  fi
}

sound "two runners, four steps" -DRUNNERS=2 -DN=4
sound "three runners, rows" -DRUNNERS=3 -DN=1 -DDEFINITIONS=1
if [ "${1:-}" = all ]; then
  sound "two runners, ten steps" -DRUNNERS=2 -DN=10
  sound "three runners, a definition" -DRUNNERS=3 -DN=1 -DDEFINITIONS=0
fi
mutant NO_FENCE "the token is not checked before COMMIT"
mutant BLIND_TAKE "the lease is taken whatever its token is by then"
mutant STALE_STATE "the state is read before the lock is had"
mutant NO_PROBE "a definition whose outcome is not known is sent again"
mutant NO_SECOND_LOOK "one that fails then, because it arrived late, is a failure"
mutant NO_AWAIT "the journal is asked before the lost transaction has ended"
exit $failed
