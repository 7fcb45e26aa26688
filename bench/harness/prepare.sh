#!/bin/sh
# Makes `npm run bench` work from a fresh clone: installs the peers when the lock file has changed,
# and links the package under test as `plinth`. All it prints goes to stderr: stdout is the report.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci >&2
  touch node_modules/.package-lock.json
fi
ln -sfn ../.. node_modules/plinth
