import { readFileSync } from 'node:fs';
import { isAbsent } from '../errno.js';
import { parseCgroupMounts, parseMembership } from './location.js';
import type { CgroupMembership, CgroupMount } from './location.js';

/** The cgroup trees this process sees; they do not change while it runs. */
export function readCgroupMounts(): CgroupMount[] {
  return parseCgroupMounts(readOptional('/proc/self/mountinfo') ?? '');
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
