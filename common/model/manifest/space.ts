import { posix } from 'node:path';
import { z } from 'zod';
import type { Strategy } from '../miner.js';
import { SECRET_NAME } from '../secret.js';
import { parseScanStrategy, SCAN_STRATEGY_FORMS } from '../scan-strategy.js';
import { SPACE_ANNOUNCES } from '../space-spec.js';
import type { SpaceSpec } from '../space-spec.js';
import { durationField } from '../schema/amounts.js';
import { strictObject } from '../schema/strict-object.js';
import { formatDuration } from '../units.js';
import { LIMITS } from './limits.js';
import type { PlainMapping } from './plain.js';

const MOST_NODES = 16;
/** Each is a disk with two threads. */
const MOST_FOLDERS = 32;
const MOST_PEM = 64 * 1024;

const nodeField = z
  .string()
  .max(300)
  .refine((text) => {
    const port = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text)?.[1];
    return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
  }, 'host:port, such as 10.0.0.1:8333');

const folderField = z
  .string()
  .max(LIMITS.path)
  .regex(/^\/[^\0]*[^\0/]$/, 'the absolute path of a folder, without a "/" at its end')
  // Written in two ways, one folder would be two.
  .refine((path) => posix.normalize(path) === path, 'a path without "..", "." and "//"');

/** A space miner of the fleet. */
export const spaceField = strictObject({
  image: z
    .string()
    .min(1)
    .max(LIMITS.image)
    .describe('Image with Headframe as its entrypoint, as deploy/space/Dockerfile makes it.'),
  nodes: z
    .array(nodeField)
    .min(1)
    .max(MOST_NODES)
    .describe('Nodes, host:port each, tried in turn; one is connected at a time, from the coordinator.'),
  tls: z.boolean().prefault(false).describe('Speak with nodes by TLS alone.'),
  authorities: z
    .string()
    .max(MOST_PEM)
    .prefault('')
    .describe('PEM certificates by which nodes are known with `tls`; by default those that Node.js trusts.'),
  key: z
    .string()
    .regex(SECRET_NAME, 'the name of a secret')
    .describe("Secret of the miner's namespace with the 32 bytes of its private key; it stays with the coordinator."),
  minerId: z
    .string()
    .regex(/^0[23][0-9a-f]{64}$/, 'a compressed public key: 66 small hexadecimal digits')
    .describe('Public key of that private key. No two miners of the fleet work by the same one at a time.'),
  folders: z
    .array(folderField)
    .min(1)
    .max(MOST_FOLDERS)
    .refine((folders) => new Set(folders).size === folders.length, 'folders that differ')
    .describe('Folders of plots on each host, one for each disk, mounted to be read alone.'),
  deadline: durationField({ min: 1000, max: 3_600_000 })
    .prefault('60s')
    .describe('From a challenge to its proof; the best so far is sent then.'),
  readTimeout: durationField({ min: 100, max: 600_000 })
    .prefault('10s')
    .describe('A read of 2 MiB that takes longer is not waited for.'),
  scan: z
    .string()
    .max(64)
    .refine((text) => parseScanStrategy(text) !== undefined, SCAN_STRATEGY_FORMS)
    .prefault('full')
    .describe(
      `Which leaves of each plot are looked at: ${SCAN_STRATEGY_FORMS}. Fewer leaves read less and find worse proofs.`,
    ),
  difficulty: z
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .prefault(1000)
    .describe('Difficulty of the next block where the node does not send the block that is mined on.'),
  announce: z.enum(SPACE_ANNOUNCES).prefault('Block').describe('As which message a won block goes out.'),
  collectTransactions: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether blocks hold transactions that nodes passed on; nobody here can tell whether their senders can pay.',
    ),
}).transform(({ deadline, readTimeout, scan, ...rest }): SpaceSpec => ({
  ...rest,
  ...(scan !== 'full' && { scan }),
  deadlineMs: deadline,
  readTimeoutMs: readTimeout,
}));

/** The user's form of a space miner, with every field. */
export function spaceToManifest({ deadlineMs, readTimeoutMs, ...rest }: SpaceSpec): PlainMapping {
  return {
    ...rest,
    authorities: rest.authorities === '' ? undefined : rest.authorities,
    deadline: formatDuration(deadlineMs),
    readTimeout: formatDuration(readTimeoutMs),
  };
}

/** Two scanners of a miner on one host would read the same plots twice. */
export function onePerHost(strategy: Strategy): Strategy {
  return strategy.perHostCap === 0 ? { ...strategy, perHostCap: 1 } : strategy;
}
