/** Files of a guard's folder. */
export const GUARD_FILES = {
  /** `EXPIRY LENGTH BOOT EXPIRY`: seconds of /proc/uptime, milliseconds, boot id; one line that is overwritten in place. */
  lease: 'lease',
  /** A line `KIND SERIAL GRACE TARGET` for each instance; replaced as a whole. */
  instances: 'instances',
  /** `PID START`: the agent it works for. */
  agent: 'agent',
  /** `PID START BOOT VERSION`: the guard itself. The latest to write it is the guard; any other ends. */
  guard: 'guard',
  /** A line for each instance that was signalled. */
  log: 'log',
} as const;

/**
 * The guard: `sh -c SCRIPT headframe-guard FOLDER PERIOD VERSION`, leading a session of its own. It outlives the agent and ends what
 * lives by the host lease once that has run out, without the agent and without the engine; it goes on ending as long as it
 * stays run out. Built-in commands only, but for sleep.
 *
 * Processes of a container are all whose cgroup path names its id, as /proc shows it at that moment: true of cgroup v1 and
 * v2 and of every cgroup driver, and no stale pid is ever killed. A process instance is its supervisor's group, known by pid
 * and start time. Times are hundredths of a second of /proc/uptime, which counts suspend; the 1 before the decimals keeps a
 * leading zero from reading as octal.
 */
export const GUARD_SCRIPT = `
dir=$1
period=$2
version=$3
trap '' HUP INT QUIT TERM USR1 USR2 ALRM PIPE TSTP TTIN TTOU
umask 077
cd /
hex='[0-9a-f]'
hex=$hex$hex$hex$hex; hex=$hex$hex$hex$hex; hex=$hex$hex$hex$hex

# Out of reach of whoever ends or freezes all processes of the agent's service, and the last to go for want of memory.
for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/systemd/cgroup.procs /sys/fs/cgroup/freezer/cgroup.procs; do
  { echo $$ > "$f"; } 2> /dev/null
done
{ echo -1000 > /proc/$$/oom_score_adj; } 2> /dev/null

# start PID: its start time in "start"; '' when there is no such process, or only its remains.
start() {
  start=
  { read -r line < "/proc/$1/stat"; } 2> /dev/null || return 0
  set -- \${line##*) }
  case $1 in Z | X) ;; *) start=\${20} ;; esac
}

# note SIG SERIAL: written down once for each lease.
note() {
  found=1
  case $noted in *" $1-$2 "*) return ;; esac
  noted="$noted$1-$2 "
  { echo "$up $1 $2" >> "$dir/log"; } 2> /dev/null
}

# signal SIG: to the containers in "containers" and to the groups in "groups".
signal() {
  [ -z "$containers" ] || signal_containers "$1"
  while read -r serial target; do
    [ -z "$serial" ] || signal_group "$1" "$serial" "$target"
  done << END
$groups
END
}

signal_containers() {
  for f in /proc/[0-9]*; do
    while read -r line; do
      case $line in *$hex*) ;; *) continue ;; esac
      for one in $containers; do
        case $line in *"\${one#*:}"*) signal_member "$1" "\${f#/proc/}" "\${one%%:*}" ;; esac
      done
      break
    done < "$f/cgroup"
  done 2> /dev/null
}

# TERM goes to the first process of a container alone, as an engine sends it.
signal_member() {
  if [ "$1" = TERM ]; then
    inner=
    while read -r key value; do
      case $key in NSpid:) inner=\${value##*[!0-9]}; break ;; esac
    done < "/proc/$2/status"
    [ "$inner" = 1 ] || return 0
  fi
  if kill -s "$1" "$2"; then note "$1" "$3"; fi
}

# is_run PID STAT...: whether this very process still runs, by the line of its stat that was kept.
is_run() {
  pid=$1
  set -- \${2##*) }
  start "$pid"
  [ -n "$start" ] && [ "$start" = "\${20}" ]
}

# The group bears its leader's number for as long as any of it lives.
signal_group() {
  {
    read -r run_boot
    read -r run
  } < "$3/run" || return 0
  [ "$run_boot" = "$boot" ] || return 0
  leader=\${run%% *}
  if is_run "$leader" "$run"; then
    if kill -s "$1" -- "-$leader"; then note "$1" "$2"; fi
    return 0
  fi
  read -r child < "$3/child" || return 0
  is_run "\${child%% *}" "$child" || return 0
  kill -s "$1" "\${child%% *}" && note "$1" "$2"
  kill -s "$1" -- "-$leader"
} 2> /dev/null

read -r boot < /proc/sys/kernel/random/boot_id
start $$
{ echo "$$ $start $boot $version" > "$dir/guard"; } 2> /dev/null
instances=
expiry=0
length=0
noted=' '
quiet=0
while :; do
  { read -r pid _ < "$dir/guard"; } 2> /dev/null && [ -n "$pid" ] && [ "$pid" != $$ ] && exit 0
  read -r up _ < /proc/uptime
  now=$((\${up%.*} * 100 + 1\${up#*.} - 100))
  # A line that is being written, or cannot be read, leaves the one before in force.
  if { read -r e l b check < "$dir/lease"; } 2> /dev/null && [ -n "$e" ] && [ "$e" = "$check" ]; then
    expiry=0
    length=$((l / 10))
    [ "$b" != "$boot" ] || expiry=$((\${e%.*} * 100 + 1\${e#*.} - 100))
  fi
  list=
  {
    while read -r line; do
      list="$list$line
"
    done < "$dir/instances" && instances=$list
  } 2> /dev/null
  wait=$period
  left=$((expiry - now))
  found=0
  containers=
  groups=
  while read -r kind serial grace target; do
    if [ "$left" -gt 0 ]; then
      # Its agent comes first, which is a little slower.
      share=$((grace / 10))
      [ "$share" -le $((length / 3)) ] || share=$((length / 3))
      if [ "$share" -gt 240 ]; then share=$((share - 60)); else share=$((share * 3 / 4)); fi
      if [ "$left" -gt "$share" ]; then
        [ $((left - share)) -ge "$wait" ] || wait=$((left - share))
        continue
      fi
      [ "$grace" -gt 0 ] || continue
      case $noted in *" TERM-$serial "*) continue ;; esac
    fi
    case $kind in
      c) containers="$containers $serial:$target" ;;
      p) groups="$groups$serial $target
" ;;
    esac
  done << END
$instances
END
  if [ -z "$instances" ]; then
    { read -r pid ticks < "$dir/agent"; } 2> /dev/null || pid=
    start "\${pid:-none}"
    [ -n "$start" ] && [ "$start" = "$ticks" ] || exit 0
  elif [ "$left" -gt 0 ]; then
    if [ -n "$containers$groups" ]; then signal TERM; elif [ "$wait" = "$period" ]; then noted=' '; fi
    [ "$left" -ge "$wait" ] || wait=$left
    quiet=0
  else
    signal KILL
    if [ $found = 1 ]; then quiet=0; else quiet=$((quiet + 1)); fi
    if [ $quiet -lt 3 ]; then wait=5; elif [ $quiet -gt 60 ]; then wait=$((period * 4)); fi
    [ -d "$dir" ] || [ $quiet -lt 60 ] || exit 0
  fi
  while [ "$wait" -ge 100 ]; do sleep 1; wait=$((wait - 100)); done
  wait=$((100 + wait))
  sleep "0.\${wait#1}" || sleep 1
done
`;
