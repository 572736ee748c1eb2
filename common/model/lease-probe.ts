/**
 * All that the key of the coordinator's probes may run, whatever is asked for: it reads the limits of cgroup v2, or of v1, and counts
 * GPUs, by nothing but a shell. There is neither a double quote nor a backslash in it, for it stands between double quotes.
 */
const READING = [
  'for f in cpu.max memory.max pids.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us memory/memory.limit_in_bytes pids/pids.max',
  'do [ -r /sys/fs/cgroup/$f ] && read -r v < /sys/fs/cgroup/$f && echo $f $v',
  'done',
  'n=0',
  'for g in /dev/nvidia[0-9]*',
  'do [ -c $g ] && n=$((n+1))',
  'done',
  'echo gpus $n',
  'echo end',
].join('; ');

/** The line of an authorized_keys that lets a probe in, to run its one command: no terminal, no forwarding. Pure. */
export function probeKeyLine(probeKey: string): string {
  return `restrict,command="${READING}" ${probeKey}`;
}
