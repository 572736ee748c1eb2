import { readFile } from 'node:fs/promises';

/** Resident memory of a process in MB. */
export function residentMb(pid: number): Promise<number> {
  return memoryOf(pid, 'VmRSS');
}

/** Largest resident memory that a process has had, in MB. */
export function peakResidentMb(pid: number): Promise<number> {
  return memoryOf(pid, 'VmHWM');
}

/** CPU time that a process has used since it began, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime and stime, in ticks of a hundredth of a second: proc(5).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function memoryOf(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN) / 1024;
}
