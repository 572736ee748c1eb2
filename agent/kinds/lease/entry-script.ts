import { LEASE_PATHS } from './lease-paths.js';

/**
 * Starts an SSH server as the container's main program: the image's own where it takes the configuration, else the one that
 * is lent. It ends with 78 where there is neither. Needs a shell, and no other program of the image.
 */
export const ENTRY_SCRIPT = `#!/bin/sh
# Starts the SSH server of a lease. What the image would run is not run.
set -u
umask 022
config=@FILES@/sshd_config
lent=${LEASE_PATHS.server}
box=$lent/bin/busybox
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

make_folder() {
  [ -d "$1" ] && return
  "$box" mkdir -p "$1" 2>/dev/null || mkdir -p "$1"
}

# The server wants an account for its unprivileged half, and root's to be open.
prepare_accounts() {
  [ -f /etc/passwd ] || echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd
  [ -f /etc/group ] || echo 'root:x:0:' >/etc/group
  has_account=no
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in sshd:*) has_account=yes ;; esac
  done </etc/passwd
  [ $has_account = yes ] || echo 'sshd:x:22222:65534:sshd:/run/sshd:/bin/false' >>/etc/passwd
  hash='*'
  [ -f @FILES@/password_hash ] && IFS= read -r hash <@FILES@/password_hash
  shadow="root:$hash:19000:0:99999:7:::
"
  if [ -f /etc/shadow ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in root:*) ;; *) shadow="$shadow$line
" ;; esac
    done </etc/shadow
  fi
  (umask 077; printf '%s' "$shadow" >/etc/shadow)
}

# Runs a server by its path where it can read the configuration.
serve() {
  server=$1
  shift
  [ -x "$server" ] || return
  # All that come through one address would be punished together; older servers do not know the word.
  "$server" -t -f "$config" "$@" -o 'PerSourcePenalties no' 2>/dev/null &&
    exec "$server" -D -e -f "$config" "$@" -o 'PerSourcePenalties no'
  "$server" -t -f "$config" "$@" 2>/dev/null && exec "$server" -D -e -f "$config" "$@"
}

make_folder /run/sshd
make_folder /var/empty
make_folder /root
make_folder /tmp
prepare_accounts
serve /usr/sbin/sshd
if [ -x $lent/libexec/sshd-session ]; then
  serve $lent/sbin/sshd -o SshdSessionPath=$lent/libexec/sshd-session -o SshdAuthPath=$lent/libexec/sshd-auth
else
  serve $lent/sbin/sshd
fi
echo 'headframe: the image has no SSH server that works, and this host lends none (setting leases.sshServer)' >&2
exit 78
`;
