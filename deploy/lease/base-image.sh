#!/bin/sh
# Makes an image for leases without a registry: Debian with OpenSSH's server and what people expect of a shell, of the machine's own
# apt sources. `base-image.sh [TAG] [RELEASE]`; needs root, debootstrap and docker. The image's own command is not run by leases.
# PACKAGES in the environment, with commas between them, takes the place of what people expect; none is Debian's least.
set -eu
tag=${1:-headframe/lease-base:latest}
release=${2:-$(. /etc/os-release && echo "${VERSION_CODENAME:-}")}
packages=${PACKAGES-ca-certificates,curl,git,iproute2,less,nano,openssh-server,openssh-client,procps,python3-minimal,rsync,tmux,vim-tiny,wget}

[ "$(id -u)" = 0 ] || { echo 'run this as root: debootstrap makes a root file system' >&2; exit 1; }
for tool in debootstrap docker tar; do
  command -v "$tool" >/dev/null || { echo "$tool is needed: apt-get install $tool" >&2; exit 1; }
done
[ -n "$release" ] || { echo 'name the release as second argument, such as bookworm' >&2; exit 1; }

# Where this machine gets that release itself.
mirror=$(apt-get indextargets --format '$(CODENAME) $(SUITE) $(SITE)/ $(REPO_URI)' 'Created-By: Packages' |
  while read -r codename suite _ uri; do
    [ "$codename" = "$release" ] || [ "$suite" = "$release" ] && echo "$uri" && break
  done)
[ -n "$mirror" ] || { echo "apt knows no source of $release on this machine: run apt-get update, or name another" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
debootstrap --variant=minbase ${packages:+--include="$packages"} "$release" "$root" "$mirror" >"$work/log" 2>&1 ||
  { tail -n 20 "$work/log" >&2; exit 1; }
echo "deb $mirror $release main" >"$root/etc/apt/sources.list"
# Each lease has a host key of its own, from outside.
rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
tar -C "$root" --numeric-owner -c . | docker import -c 'CMD ["/bin/bash"]' - "$tag"
