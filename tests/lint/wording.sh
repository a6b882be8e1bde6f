#!/bin/sh
# Nothing half-done is left behind: no TODO, FIXME or XXX, no "not implemented", no test that is
# switched off.
set -eu

status=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files --cached --others --exclude-standard
else
  find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sed 's|^\./||'
fi | grep -vx 'tests/lint/wording\.sh' >"$scratch/files"

# hit WHY PATTERN FILES: a match in one of the files (a pattern too) is an error. Files that were
# deleted but not committed are still in the list: -s keeps grep quiet on them.
hit() {
  grep -E "$3" "$scratch/files" | xargs -r -d '\n' grep -nsIE "$2" /dev/null \
    >"$scratch/hits" || true
  if [ -s "$scratch/hits" ]; then
    cat "$scratch/hits"
    echo "  ^ $1"
    status=1
  fi
}

hit "finish it, or say plainly in the README what is missing" \
  '\b(TODO|FIXME|XXX|HACK)\b|[Nn]ot (yet )?implemented|[Uu]nimplemented' '.'
# What can't run here may say so: pending("SKIPPED: why").
hit "a test that is switched off shows nothing" \
  '(^|[^a-zA-Z_.])(pending *\(?["'"'"'] *([^S]|S[^K])|xit[ (]|xdescribe[ (])|#only' '^tests/.*_spec\.lua$'

exit $status
