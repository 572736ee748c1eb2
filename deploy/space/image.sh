#!/bin/sh
# Builds the image of space miners of a Debian package of Headframe: deploy/space/image.sh headframe_0.1.0_amd64.deb my-registry/headframe:0.1.0
# BASE names another image to build on than the Dockerfile does: one with Node.js 20 or newer as `node`.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 PACKAGE.deb IMAGE:TAG" >&2; exit 2; }
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
dpkg-deb -x "$1" "$context/root"
docker build -t "$2" ${BASE:+--build-arg "BASE=$BASE"} -f "$(dirname "$0")/Dockerfile" "$context"
