import { createServer } from 'node:net';
import { HeadframeError } from '../../common/model/error.js';

/** Ports from start to end, both included. */
export interface PortRange {
  readonly start: number;
  readonly end: number;
}

// Below the ports that Linux hands out by itself (32768 and up), so that nothing is given one between look and use.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Finds `count` ranges of `size` neighbouring TCP ports that nothing listens at now. */
export async function findPortRanges(count: number, size: number): Promise<PortRange[]> {
  const ranges: PortRange[] = [];
  for (let start = LOWEST; start + size <= HIGHEST && ranges.length < count; start += size) {
    if (await areFree(start, size)) ranges.push({ start, end: start + size - 1 });
  }
  if (ranges.length === count) return ranges;
  throw new HeadframeError({
    code: 'unavailable',
    reason: 'no_free_ports',
    message: `no ${count} ranges of ${size} free ports between ${LOWEST} and ${HIGHEST}`,
    remedy: 'End some of what listens there.',
  });
}

/** A loopback port that nothing listens at now. */
export function findFreePort(): Promise<number> {
  return listenAt(0, '127.0.0.1');
}

async function areFree(start: number, size: number): Promise<boolean> {
  const ports = Array.from({ length: size }, (_, index) => start + index);
  const tries = await Promise.allSettled(ports.map((port) => listenAt(port)));
  return tries.every(({ status }) => status === 'fulfilled');
}

function listenAt(port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  });
}
