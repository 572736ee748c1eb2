/** Folder on a machine in which stands what was installed there, and for whom. */
const FOLDER = '/var/lib/headframe-provider';

/**
 * Words that each script begins with; its rest is a function, so that no command in it reads that as its input. A run that nobody
 * hears any more, such as of a coordinator that was killed, ends where it says something, and holds up the next one until then.
 */
const COMMON = `
folder=${FOLDER}
say() { printf '@say %s\\n' "$1"; }
refuse() { printf '@refuse %s %s\\n' "$1" "$2"; exit 65; }
lock() {
  exec 9> /run/headframe-provider.lock
  flock -w 300 9 || refuse machine_too_slow 'an earlier run is still at work there'
  say 'It is at work.'
}
held_by() { if [ -e "$folder/machine" ]; then cat "$folder/machine"; fi; }
take_away() {
  if [ -e /opt/headframe/agent ]; then headframe agent uninstall --purge; fi
  if [ -e "$folder/package-is-ours" ]; then dpkg --purge headframe; fi
  rm -rf "$folder"
}
`;

/** Looks whether a machine will do, and tells the digest of the package that it has. Takes $machine and $needed_kib. */
export const LOOK = script(`
  [ "$(uname -s)" = Linux ] || refuse machine_unfit 'it runs no Linux'
  [ "$(id -u)" = 0 ] || refuse machine_no_root 'the login is not root, and sudo does not make it so'
  [ -d /run/systemd/system ] || refuse machine_unfit 'systemd does not run there'
  command -v dpkg > /dev/null || refuse machine_unfit 'it has no dpkg, by which the package is installed'
  lock
  if [ -n "$(held_by)" ] && [ "$(held_by)" != "$machine" ]; then
    say 'What an earlier machine has left there is removed.'
    take_away
  fi
  if [ -z "$(held_by)" ] && [ -e /opt/headframe/agent ]; then
    refuse machine_taken 'an agent is installed there that came otherwise'
  fi
  mkdir -p "$folder"
  set -- $(df -Pk "$folder" | tail -n 1)
  [ "$4" -ge "$needed_kib" ] || refuse machine_disk_full "$4 KiB are free in $folder, and $needed_kib KiB are needed"
  printf '@digest %s\\n' "$(if [ -e "$folder/package.deb" ]; then sha256sum < "$folder/package.deb" | cut -c 1-64; fi)"
`);

/** Takes the package as its input. */
export const TAKE_PACKAGE = `umask 077; cat > ${FOLDER}/package.part && mv ${FOLDER}/package.part ${FOLDER}/package.deb`;

/** Installs the package and the agent, which joins. Takes $machine, $digest, $coordinator, $token, $authority, $wait and "$@", the settings. */
export const INSTALL = script(`
  lock
  [ "$(sha256sum < "$folder/package.deb" | cut -c 1-64)" = "$digest" ] || refuse machine_copy_damaged 'the package came damaged'
  printf %s "$machine" > "$folder/machine.part"
  mv "$folder/machine.part" "$folder/machine"
  status=$(dpkg-query -W -f '\${db:Status-Abbrev}' headframe 2> /dev/null || true)
  case $status in
    ii*) if [ -e "$folder/package-is-ours" ] && [ "$(cat "$folder/installed" 2> /dev/null)" != "$digest" ]; then status=; fi ;;
    *) : > "$folder/package-is-ours"; status= ;;
  esac
  if [ -z "$status" ]; then
    say 'The package is installed.'
    DEBIAN_FRONTEND=noninteractive dpkg --install "$folder/package.deb"
    printf %s "$digest" > "$folder/installed"
  fi
  say 'The agent is installed, and joins.'
  printf '%s\\n' "$token" | headframe agent install --token-file - --coordinator "$coordinator" --authority "$authority" \\
    --host-id "$machine" --wait "$wait" "$@"
`);

/** Removes what INSTALL has brought for $machine, whole or half; nothing where there is nothing of it. */
export const REMOVE = script(`
  [ "$(id -u)" = 0 ] || refuse machine_no_root 'the login is not root, and sudo does not make it so'
  lock
  if [ "$(held_by)" = "$machine" ]; then
    take_away
  elif [ -z "$(held_by)" ] && [ ! -e /opt/headframe/agent ]; then
    rm -rf "$folder"
  fi
`);

/** A script that is run by a shell's standard input, after the values that it takes. Pure. */
export function withValues(
  text: string,
  values: Readonly<Record<string, string>>,
  rest: readonly string[] = [],
): string {
  const given = Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}\n`);
  return `${given.join('')}set -- ${rest.map(quoted).join(' ')}\n${text}`;
}

/** A word of a shell that is just this text. Pure. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function script(body: string): string {
  return `set -eu\numask 077\n${COMMON}main() {\n${body}}\nmain "$@" < /dev/null\n`;
}
