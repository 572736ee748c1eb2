#!/bin/sh
# Builds the image of the examples, headframe-example/miner:1, without any registry: this machine's static busybox
# (Debian and Ubuntu: apt-get install busybox-static) and miner.sh, about two megabytes.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

install -D /bin/busybox "$context/files/bin/busybox"
install -D "$folder/miner.sh" "$context/files/bin/miner"
install -m 0644 "$folder/Dockerfile" "$context/Dockerfile"
docker build -t headframe-example/miner:1 "$context"
