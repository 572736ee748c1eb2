#!/bin/sh
# Makes the folder of the SSH server that the agent lends to lease images without one (setting leases.sshServer): OpenSSH's
# server and busybox of the machine's own Debian or Ubuntu sources, with their own loader and libraries, so that they run in any
# image. Nothing is installed on this machine. `ssh-server.sh FOLDER`; FOLDER is replaced once all has worked.
set -eu
target=${1:?usage: ssh-server.sh FOLDER}
# Where containers see the folder: the loader and the libraries are looked for there.
seen=/run/headframe/ssh-server

for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "$tool is needed: run this on Debian or Ubuntu, and copy the folder" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/packages" "$work/root" "$work/out"
chmod 0755 "$work/out"

# What the server is made of: all it depends on that is a library, and the tool that writes the new paths.
wanted=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  openssh-server openssh-sftp-server patchelf | grep '^[a-z]' | grep -E '^(lib|zlib1g|gcc-|openssh-s|patchelf)' |
  grep -Ev '(-perl$|^libperl|-common$|^libpam-)' | sort -u)
# shellcheck disable=SC2086 # names of packages, one word each
(cd "$work/packages" && apt-get -qq download $wanted busybox-static)
for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done

root=$work/root
loader=$(find "$root" -name 'ld-linux-*.so.*' \( -type f -o -type l \) -exec test -f {} \; -print | sort | head -n 1)
[ -n "$loader" ] || { echo 'libc6 holds no loader' >&2; exit 1; }
libraries=$(find "$root" -name '*.so.*' -exec dirname {} \; | sort -u | tr '\n' ':')
run() { "$loader" --library-path "$libraries" "$@"; }

out=$work/out
mkdir "$out/bin" "$out/sbin" "$out/lib" "$out/libexec"
cp "$root/usr/sbin/sshd" "$out/sbin/sshd"
programs=$out/sbin/sshd
# From version 9.8 on the server is several programs.
for part in sshd-session sshd-auth; do
  [ -f "$root/usr/lib/openssh/$part" ] || continue
  cp "$root/usr/lib/openssh/$part" "$out/libexec/$part"
  programs="$programs $out/libexec/$part"
done
find "$root" -path '*bin/busybox' -type f -exec cp {} "$out/bin/busybox" \;

for program in $programs; do
  # Each line reads `name => path (address)`; what has no path is the kernel's.
  run --list "$program" | while read -r _ arrow path _; do
    [ "$arrow" = '=>' ] || continue
    case $path in
    "$root"/*) cp -L "$path" "$out/lib/" ;;
    *) echo "$program needs a library that its packages lack: $path" >&2; exit 1 ;;
    esac
  done
done
name=$(basename "$loader")
cp -L "$loader" "$out/lib/$name"
for program in $programs; do
  run "$root/usr/bin/patchelf" --set-interpreter "$seen/lib/$name" --force-rpath --set-rpath "$seen/lib" "$program"
done
for library in "$out"/lib/*; do
  [ "$(basename "$library")" = "$name" ] || run "$root/usr/bin/patchelf" --force-rpath --set-rpath "$seen/lib" "$library"
done

find "$out" -type f -exec chmod 0644 {} \;
chmod 0755 "$out"/bin/* "$out"/sbin/* "$out"/lib/* "$out/bin" "$out/sbin" "$out/lib" "$out/libexec"
[ -z "$(ls "$out/libexec")" ] || chmod 0755 "$out"/libexec/*
mkdir -p "$(dirname "$target")"
rm -rf "$target.new"
cp -R "$out" "$target.new"
rm -rf "$target"
mv "$target.new" "$target"
