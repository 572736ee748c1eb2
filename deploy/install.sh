#!/bin/sh
# deploy/install.sh agent|coordinator [FLAGS]: makes a program of this checkout or release a service of systemd; built first
# where it is not, and upgraded where another version is installed. A host joins by the flags of the line that
# `headframe token create` prints. `--dry-run` shows what would be done; docs/systemd.md tells the rest.
set -eu

fail() {
  echo "error: $1" >&2
  echo "remedy: $2" >&2
  exit 1
}

cd "$(dirname "$0")/.."
name=${1:-}
case $name in
  agent | coordinator) shift ;;
  *)
    echo "usage: deploy/install.sh agent|coordinator [--dry-run] [FLAGS of docs/configuration.md]" >&2
    exit 2
    ;;
esac

root=/
dry_run=no
before=
for argument; do
  case $argument in
    --dry-run) dry_run=yes ;;
    --root=*) root=${argument#--root=} ;;
    *) [ "$before" != --root ] || root=$argument ;;
  esac
  before=$argument
done

[ "$(uname -s)" = Linux ] || fail "this is no Linux machine." "Agents and coordinators run on Linux with systemd."
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2> /dev/null; then
  fail "there is $(node --version 2> /dev/null || echo no Node) here, and Node 20.19 or newer is needed." \
    "install it for the whole machine, as from https://nodejs.org, so that 'node' is on the PATH of root."
fi
if [ "$root" = / ] && [ "$dry_run" = no ]; then
  [ "$(id -u)" = 0 ] || fail "only root may change services." "sudo $0 $name …, or --dry-run to see what it would do."
  [ -d /run/systemd/system ] || fail "systemd does not run on this machine." \
    "run headframe $name start under the supervisor of this machine, or prepare an image with --root FOLDER."
fi

if [ ! -e dist/coordinator/cli/main.js ] || [ ! -e node_modules/.package-lock.json ]; then
  command -v npm > /dev/null || fail "this is not built, and there is no npm to build it with." \
    "install npm, or take a folder in which npm ci && npm run build has run."
  had_modules=no
  [ ! -e node_modules ] || had_modules=yes
  if ! { npm ci --no-audit --no-fund && npm run build; }; then
    [ "$had_modules" = yes ] || rm -rf node_modules
    fail "it could not be built; nothing has been installed." "correct what the lines above say, and run this again."
  fi
fi

verb=install
[ ! -e "$root/opt/headframe/$name" ] || verb=upgrade
exec node dist/coordinator/cli/main.js "$name" "$verb" "$@"
