import { join } from 'node:path';
import { z } from 'zod';
import { parseScanStrategy, SCAN_STRATEGY_FORMS } from '../../../../common/model/scan-strategy.js';
import { strictObject } from '../../../../common/model/schema/index.js';
import { parseNodes } from './node-list.js';

/** Variables of the miner begin with this. */
export const SPACE_ENV_PREFIX = 'SPACETIME_MINER_';

/** The folder that the defaults lie in. */
export function homeFolder(home: string): string {
  return join(home, '.spacetime');
}

const PORT = 8333;
const DAY_S = 86_400;

const text = z.string().min(1).max(1024);
const path = text.refine((name) => !name.includes('\0'), 'a path');
/** Also a number in quotation marks, as others write it. */
const number = (min: number, max: number): z.ZodType<number> =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  );

const nodes = z
  .string()
  .max(1024)
  .refine(
    (value) => parseNodes(value, PORT) !== undefined,
    'an address, or several with commas between, each with or without a port: 10.0.0.1, node.example:8444, [2001:db8::1]:8333',
  );

/** The keys of the reference, in the order in which it writes them; those it insists on have no default here. */
const shared = {
  plotDirectory: path.describe('Folder of the plots.'),
  plotMetadataPath: path.describe('File in which the list of plots is kept.'),
  nodeAddress: nodes.describe(
    'Where the node listens: an address or a name. Several with commas between are tried in turn.',
  ),
  nodePort: number(1, 65_535).prefault(PORT).describe('Port of nodes whose address names none.'),
  privateKeyPath: path.describe("File of the miner's private key, 32 bytes; made at the first start."),
  networkId: text.describe('Name of the network. It is shown, and nothing else.'),
  maxConcurrentProofs: number(1, 1024)
    .prefault(1)
    .describe('Without effect, as in the reference: a newer challenge ends the one before.'),
  proofGenerationTimeoutSeconds: number(1, DAY_S)
    .prefault(60)
    .describe('Deadline of a challenge; the best proof so far is sent then.'),
  connectionRetryIntervalSeconds: number(1, 3600)
    .prefault(5)
    .describe('Time between two rounds of attempts to reach a node at start.'),
  maxConnectionRetries: number(0, 1_000_000)
    .prefault(10)
    .describe('Rounds of attempts after the first one, before a miner that never heard a node gives up.'),
  enablePerformanceMonitoring: z
    .boolean()
    .prefault(true)
    .describe('Whether `status` tells of the delays of the event loop.'),
  chainStoragePath: path.optional().describe('Without effect: what a round needs of the chain, the node says.'),
};

/** What the reference does not have; it refuses a file in which one of them stands. */
const own = {
  nodeTls: z.boolean().prefault(false).describe('Speak with nodes by TLS 1.2 or newer. Never falls back to plain TCP.'),
  nodeTlsCaPath: path
    .optional()
    .describe(
      'PEM file of the only authorities by which nodes are known with `nodeTls`; by default those that Node.js trusts.',
    ),
  nodeSilenceSeconds: number(10, DAY_S)
    .prefault(900)
    .describe('A node that says nothing for so long is left. Nodes need not say anything between two blocks.'),
  pingAfterSeconds: number(0, DAY_S)
    .prefault(0)
    .describe('Silence after which the node is pinged; 0 for never, since few nodes answer.'),
  sendHandshake: z.boolean().prefault(true).describe('Whether the miner says who it is when it connects.'),
  defaultDifficulty: number(1, Number.MAX_SAFE_INTEGER)
    .prefault(1000)
    .describe('Difficulty of the next block where the node does not send the block that is mined on.'),
  blockMessage: z
    .enum(['Block', 'NewBlock', 'both'])
    .prefault('Block')
    .describe('As which message a won block goes out.'),
  collectTransactions: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether blocks hold transactions that nodes passed on; the miner cannot tell whether their senders can pay.',
    ),
  diskReadTimeoutSeconds: number(1, 3600).prefault(10).describe('A read of 2 MiB that takes longer is not waited for.'),
  scanStrategy: z
    .string()
    .max(64)
    .refine((text) => parseScanStrategy(text) !== undefined, SCAN_STRATEGY_FORMS)
    .prefault('full')
    .describe(
      `Which leaves of each plot are looked at: ${SCAN_STRATEGY_FORMS}. Fewer leaves read less and find worse proofs.`,
    ),
};

/** The settings of a stand-alone miner as written. */
export const spaceSettingsSchema = strictObject({ ...shared, ...own });

/** Names of the settings that the reference does not have. */
export const OWN_SETTINGS: ReadonlySet<string> = new Set(Object.keys(own));

/** The settings of a stand-alone miner. */
export type SpaceSettings = Readonly<z.output<typeof spaceSettingsSchema>>;

/** The file that is written where there is none: the keys of the reference with its defaults. */
export function defaultSettings(home: string): Readonly<Record<keyof typeof shared, string | number | boolean>> {
  const inHome = (name: string): string => join(homeFolder(home), name);
  return {
    plotDirectory: inHome('plots'),
    plotMetadataPath: inHome('plots_metadata.json'),
    nodeAddress: '127.0.0.1',
    nodePort: PORT,
    privateKeyPath: inHome('miner_key.dat'),
    networkId: 'testnet',
    maxConcurrentProofs: 1,
    proofGenerationTimeoutSeconds: 60,
    connectionRetryIntervalSeconds: 5,
    maxConnectionRetries: 10,
    enablePerformanceMonitoring: true,
    chainStoragePath: inHome('storage'),
  };
}
