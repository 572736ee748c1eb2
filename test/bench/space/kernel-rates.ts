import { spawnSync } from 'node:child_process';
import type { SpaceKernel } from '../../../agent/kinds/space/kernel/kernel.js';

/** Compressions of SHA-256 for a leaf: a plot takes one, one for its node, and two for the node above two of them. */
export const COMPRESSIONS = { plot: 4, scan: 2 } as const;

const LEAVES = 65_536;
const ROUNDS = 40;

/** The hardware's SHA-256 by OpenSSL, in compressions of 64 bytes for each second of CPU time. */
export function yardstick(): number {
  const { stdout } = spawnSync('openssl', ['speed', '-seconds', '2', '-bytes', '16384', '-evp', 'sha256'], {
    encoding: 'utf8',
  });
  const thousands = Number(/^sha256\s+([\d.]+)k\s*$/im.exec(stdout)?.[1]);
  if (!(thousands > 0)) throw new Error(`openssl speed said nothing of use: ${stdout}`);
  return (thousands * 1000) / 64;
}

/** Compressions for each second of CPU time of the kernel alone, once the compiler has done its best. */
export function kernelRates(kernel: SpaceKernel): Record<'plot' | 'scan', number> {
  const { start } = kernel;
  kernel.bindPlot(Buffer.alloc(32, 1), Buffer.alloc(32, 2));
  kernel.bindChallenge(Buffer.alloc(32, 3));
  const nodes = start + LEAVES * 32;
  const plot = (): void => {
    kernel.leaves(start, LEAVES, 0);
    kernel.leafNodes(start, nodes, LEAVES);
    for (let width = LEAVES / 2; width >= 1; width /= 2) kernel.parents(nodes, nodes, width);
  };
  const scan = (): void => void kernel.best(start, LEAVES, undefined);
  const rate = (run: () => void, compressions: number): number => {
    for (let round = 0; round < ROUNDS; round += 1) run();
    const seconds = cpuSeconds(() => {
      for (let round = 0; round < ROUNDS; round += 1) run();
    });
    return (ROUNDS * LEAVES * compressions) / seconds;
  };
  return { plot: rate(plot, COMPRESSIONS.plot), scan: rate(scan, COMPRESSIONS.scan) };
}

function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
