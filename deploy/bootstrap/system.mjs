import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether systemd is the first process, so that services are started and stopped through it. */
export function hasSystemd() {
  return commandOf(1) === 'systemd';
}

/** Whether a program is on the path (the super-user's folders included). @param {string} name */
export function hasProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, name)));
}

/** The name of a living process; undefined when it is gone or only waits to be reaped. @param {number} pid */
export function commandOf(pid) {
  try {
    const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state === 'Z' || state === 'X' ? undefined : name;
  } catch {
    return undefined; // no such process
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there or not ours to run
  }
}
