#!/bin/sh
# deploy/install.sh agent|coordinator [FLAGS]: makes a program of this checkout or release a service of systemd; built first
# where it is not, and upgraded where another version is installed. `--dry-run` shows what would be done.
set -eu
cd "$(dirname "$0")/.."
name=${1:-}
case $name in
  agent | coordinator) shift ;;
  *)
    echo "usage: deploy/install.sh agent|coordinator [--dry-run] [FLAGS of docs/configuration.md]" >&2
    exit 2
    ;;
esac
if ! command -v node > /dev/null; then
  echo "error: node is missing. Install Node 20 or newer for the whole machine." >&2
  exit 1
fi
if [ ! -e dist/coordinator/cli/main.js ]; then
  npm ci --no-audit --no-fund
  npm run build
fi
verb=install
[ ! -e "/opt/headframe/$name" ] || verb=upgrade
exec node dist/coordinator/cli/main.js "$name" "$verb" "$@"
