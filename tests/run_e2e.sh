#!/bin/sh
# Runs one end-to-end spec against one database: run_e2e.sh DATABASE FILE [busted's options].
# Without a server for it, says so loudly and ends with 77, which ctest counts as skipped.
set -eu

database=$1
spec=$2
shift 2

case $database in
  sqlite) ;;
  *)
    variable=CURLEW_TEST_$(echo "$database" | tr '[:lower:]' '[:upper:]')_URL
    eval "url=\${$variable:-}"
    if [ -z "$url" ]; then
      # shellcheck disable=SC2016 # the command is to be shown as it is
      echo "SKIPPED: $database: $variable is not set; run: scripts/servers start &&" \
        'eval "$(scripts/servers env)"'
      exit 77
    fi
    ;;
esac

export CURLEW_TEST_DB="$database"
exec "${LUA54:-lua5.4}" "${BUSTED:-/usr/bin/busted}" -o plainTerminal "$@" "$spec"
