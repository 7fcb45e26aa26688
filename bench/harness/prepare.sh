#!/bin/sh
# Makes `npm run bench` work from a fresh clone: installs the peers when their lock file has changed,
# builds the package under test when its source has, and links it as `plinth`. All that it prints goes
# to stderr: stdout is the report.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci >&2
  touch node_modules/.package-lock.json
fi
[ -e ../node_modules ] || npm --prefix .. ci >&2
npm --prefix .. run --silent build -- --if-stale >&2
ln -sfn ../.. node_modules/plinth
# Prisma's client is made of its schema. The engine, which only migrations need, is not fetched for it.
PRISMA_SCHEMA_ENGINE_BINARY=$(ls /usr/bin/true /bin/true 2>/dev/null | head -n 1) CHECKPOINT_DISABLE=1 \
  node_modules/.bin/prisma generate --schema peers/data/sqlite/prisma/schema.prisma >&2
