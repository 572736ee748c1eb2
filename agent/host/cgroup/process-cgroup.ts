import { readFileSync } from 'node:fs';
import { isAbsent } from '../errno.js';
import { layoutOf, parseCgroupMounts, parseMembership } from './location.js';
import type { CgroupLayout, CgroupMembership, CgroupMount } from './location.js';

/** The cgroup trees this process sees; they do not change while it runs. */
export function readCgroupMounts(): CgroupMount[] {
  return parseCgroupMounts(readOptional('/proc/self/mountinfo') ?? '');
}

/** How this host's cgroup trees are mounted. */
export function readCgroupLayout(): CgroupLayout {
  return layoutOf(readCgroupMounts());
}

/** Where a process sits, or undefined when there is no such process. */
export function readMembership(pid: number | 'self'): CgroupMembership | undefined {
  const text = readOptional(`/proc/${pid}/cgroup`);
  return text === undefined ? undefined : parseMembership(text);
}

/** A file's text, or undefined when it is not there or not for us; throws the system's error otherwise. */
export function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
