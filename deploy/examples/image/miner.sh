#!/bin/sh
# A toy miner. It looks for texts whose SHA-256 begins with MINER_PREFIX, prints each share it finds and one line a
# round, and rests between rounds to be kind to your machine. It earns nothing.
#
#   miner         mines until it is stopped
#   miner check   exit code 0 when the last round is no older than a minute
#
# MINER_HASHES  hashes a round            MINER_PREFIX  beginning of a share, in hex digits
# MINER_PAUSE   seconds between rounds    MINER_PORT    serves the status page at this port, when set
# MINER_DIR     where the status is kept
set -eu

name=${HEADFRAME_INSTANCE:-miner}
folder=${MINER_DIR:-/work}/$name

if [ "${1:-}" = check ]; then
  [ -n "$(find "$folder/index.html" -mmin -1)" ]
  exit
fi

hashes=${MINER_HASHES:-20}
pause=${MINER_PAUSE:-2}
prefix=${MINER_PREFIX:-00}
round=0
shares=0

trap 'echo "$name stops after $round rounds with $shares shares"; exit 0' INT TERM
mkdir -p "$folder"

report() {
  echo "$name round $round: $hashes hashes, $shares shares so far"
  echo "$name round $round shares $shares" >"$folder/index.html"
}

mine() {
  nonce=0
  while [ "$nonce" -lt "$hashes" ]; do
    hash=$(printf '%s %s %s' "$name" "$round" "$nonce" | sha256sum)
    case $hash in
      "$prefix"*)
        shares=$((shares + 1))
        echo "$name share ${hash%% *} for round $round nonce $nonce"
        ;;
    esac
    nonce=$((nonce + 1))
  done
}

echo "$name starts on ${HEADFRAME_HOST:-this machine}, looking for hashes that begin with $prefix"
report
if [ -n "${MINER_PORT:-}" ]; then
  httpd -f -p "$MINER_PORT" -h "$folder" &
fi

while :; do
  round=$((round + 1))
  mine
  report
  # In the background, so that a stop signal is heard at once.
  sleep "$pause" &
  wait $! || true
done
