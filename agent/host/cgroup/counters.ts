import { posix } from 'node:path';
import type { CgroupLocation, Controller } from './location.js';

/** What the files of one cgroup say; a value is absent where its controller is not there. */
export interface Counters {
  cpuNanos?: number | undefined;
  throttledNanos?: number | undefined;
  memoryUsageBytes?: number | undefined;
  inactiveFileBytes?: number | undefined;
  memoryLimitBytes?: number | undefined;
  oomKills?: number | undefined;
  pids?: number | undefined;
  ioReadBytes?: number | undefined;
  ioWriteBytes?: number | undefined;
  netRxBytes?: number | undefined;
  netTxBytes?: number | undefined;
}

/** A file and the pure function that adds what its text says to the counters. */
export interface MetricFile {
  readonly path: string;
  readonly parse: (text: string, into: Counters) => void;
}

type Parsers = Readonly<Record<Controller, Readonly<Record<string, MetricFile['parse']>>>>;

/** v1 writes "no limit" as the largest page-aligned 64-bit number; nothing real comes near 2^62 bytes. */
export const V1_UNLIMITED_BYTES = 2 ** 62;

const V1_PARSERS: Parsers = {
  cpuacct: {
    'cpuacct.usage': (text, into) => void (into.cpuNanos = parseCount(text)),
  },
  cpu: {
    'cpu.stat': (text, into) => void (into.throttledNanos = valueOf(text, 'throttled_time')),
  },
  memory: {
    'memory.usage_in_bytes': (text, into) => void (into.memoryUsageBytes = parseCount(text)),
    'memory.stat': (text, into) => {
      into.inactiveFileBytes = valueOf(text, 'total_inactive_file');
      const limitBytes = valueOf(text, 'hierarchical_memory_limit');
      if (limitBytes !== undefined && limitBytes < V1_UNLIMITED_BYTES) into.memoryLimitBytes = limitBytes;
    },
    'memory.oom_control': (text, into) => void (into.oomKills = valueOf(text, 'oom_kill')),
  },
  pids: {
    'pids.current': (text, into) => void (into.pids = parseCount(text)),
  },
  blkio: {
    'blkio.throttle.io_service_bytes_recursive': (text, into) => {
      into.ioReadBytes = sumMatches(text, /^\d+:\d+ Read (\d+)$/gm);
      into.ioWriteBytes = sumMatches(text, /^\d+:\d+ Write (\d+)$/gm);
    },
  },
};

const V2_PARSERS: Parsers = {
  cpuacct: {
    'cpu.stat': (text, into) => {
      into.cpuNanos = microsToNanos(valueOf(text, 'usage_usec'));
      into.throttledNanos = microsToNanos(valueOf(text, 'throttled_usec'));
    },
  },
  cpu: {}, // the file above says it all
  memory: {
    'memory.current': (text, into) => void (into.memoryUsageBytes = parseCount(text)),
    'memory.stat': (text, into) => void (into.inactiveFileBytes = valueOf(text, 'inactive_file')),
    'memory.max': (text, into) => void (into.memoryLimitBytes = parseCount(text)),
    'memory.events': (text, into) => void (into.oomKills = valueOf(text, 'oom_kill')),
  },
  pids: V1_PARSERS.pids,
  blkio: {
    'io.stat': (text, into) => {
      into.ioReadBytes = sumMatches(text, /\brbytes=(\d+)/g);
      into.ioWriteBytes = sumMatches(text, /\bwbytes=(\d+)/g);
    },
  },
};

/** The files that hold a controller's counters at a location. */
export function metricFiles(location: CgroupLocation, controller: Controller): MetricFile[] {
  const parsers = (location.version === 1 ? V1_PARSERS : V2_PARSERS)[controller];
  return Object.entries(parsers).map(([name, parse]) => ({ path: posix.join(location.dir, name), parse }));
}

/** Adds up received and sent bytes of all interfaces but loopback, from the text of `/proc/<pid>/net/dev`. */
export function parseNetwork(text: string, into: Counters): void {
  const { rxBytes, txBytes } = sumNetDev(text, (name) => name !== 'lo');
  into.netRxBytes = rxBytes;
  into.netTxBytes = txBytes;
}

/** Adds up received and sent bytes of the interfaces that `counts` admits, from the text of a `net/dev` file. */
export function sumNetDev(
  text: string,
  counts: (interfaceName: string) => boolean,
): { readonly rxBytes: number; readonly txBytes: number } {
  let [rxBytes, txBytes] = [0, 0];
  for (const match of text.matchAll(/^ *([^\s:]+): *(\d+)(?: +\d+){7} +(\d+)/gm)) {
    const [, name, rx, tx] = match;
    if (name === undefined || !counts(name)) continue;
    rxBytes += Number(rx);
    txBytes += Number(tx);
  }
  return { rxBytes, txBytes };
}

/** Reads a file that is one whole number; undefined for `max`, a negative number or anything else. */
export function parseCount(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** Finds the line `key number` of a flat keyed file. */
export function valueOf(text: string, key: string): number | undefined {
  const start = startOfLine(text, `${key} `);
  if (start === undefined) return undefined;
  const end = text.indexOf('\n', start);
  return parseCount(text.slice(start + key.length, end < 0 ? text.length : end));
}

function startOfLine(text: string, beginning: string): number | undefined {
  if (text.startsWith(beginning)) return 0;
  const newline = text.indexOf(`\n${beginning}`);
  return newline < 0 ? undefined : newline + 1;
}

function microsToNanos(micros: number | undefined): number | undefined {
  return micros === undefined ? undefined : micros * 1000;
}

function sumMatches(text: string, pattern: RegExp): number {
  let sum = 0;
  for (const match of text.matchAll(pattern)) sum += Number(match[1]);
  return sum;
}
