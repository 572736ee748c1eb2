/** Files of an instance's folder that its supervisor writes; a line counts once its newline is there. */
export const SUPERVISOR_FILES = {
  /** Boot id, then the supervisor's /proc/<pid>/stat. */
  run: 'run',
  /** The main process's /proc/<pid>/stat. */
  child: 'child',
  /** Exit code of the main process. */
  exit: 'exit',
  stdout: 'stdout.log',
  stderr: 'stderr.log',
} as const;

/**
 * Runs an instance and keeps its exit code where no agent need be there to see it: `sh -c SCRIPT sh FOLDER COMMAND...`,
 * leading a session of its own. Built-in commands only, as PATH is the instance's. Signals to the group reach the
 * main process; the supervisor outlives them (a handler, as an ignored signal would be inherited) and, like the first
 * process of a container, takes the rest of its group along at its end. Only one can make the file of a run, so that a
 * start repeated in the moment of a crash runs nothing twice.
 */
export const SUPERVISOR_SCRIPT = `
dir=$1; shift
trap : HUP INT QUIT TERM USR1 USR2 ALRM PIPE
read -r boot < /proc/sys/kernel/random/boot_id
read -r stat < "/proc/$$/stat"
set -C
printf '%s\\n%s\\n' "$boot" "$stat" > "$dir/${SUPERVISOR_FILES.run}" || exit
set +C
"$@" < /dev/null >> "$dir/${SUPERVISOR_FILES.stdout}" 2>> "$dir/${SUPERVISOR_FILES.stderr}" &
child=$!
read -r stat < "/proc/$child/stat"
printf '%s\\n' "$stat" > "$dir/${SUPERVISOR_FILES.child}"
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2> /dev/null || break
done
printf '%s\\n' "$code" > "$dir/${SUPERVISOR_FILES.exit}"
kill -KILL 0
`;
