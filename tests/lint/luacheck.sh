#!/bin/sh
# Every Lua file of the project passes luacheck (settings in .luacheckrc).
set -eu

if ! command -v luacheck >/dev/null; then
  echo "SKIPPED: luacheck is not installed (lua-check)"
  exit 77
fi
folders=
for folder in curlew.lua lua plugins tests migrations bench scripts; do
  if [ -n "$(find "$folder" -name '*.lua' 2>/dev/null | head -n 1)" ]; then
    folders="$folders $folder"
  fi
done
[ -n "$folders" ] || { echo "there is no Lua file to check"; exit 1; }
# shellcheck disable=SC2086 # a list of folder names without spaces
exec luacheck --quiet --no-color --no-cache $folders
