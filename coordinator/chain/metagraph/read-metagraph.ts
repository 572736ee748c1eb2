import { amountOf, countOf, fieldOf, flagOf, textOf } from '../network/readers/codec.js';
import { chainLacks } from '../network/readers/lacks.js';
import { readFinal } from '../network/readers/snapshot.js';
import type { Snapshot } from '../network/readers/snapshot.js';
import { readHyperParameters, subnetNotFound } from '../network/readers/subnets.js';
import type { Items } from '../network/readers/subnets.js';
import type { Chain } from '../port.js';
import { epochsOf } from './epochs.js';
import { ipText } from './ip-text.js';
import type { Endpoint, Holding, Metagraph, Neuron } from './metagraph.js';
import { poolOf } from './pool.js';
import type { Pool } from './pool.js';

const PALLET = 'subtensorModule';
/** A subnet has 256 places, or a few thousand by its chain's own leave. */
const MOST_NEURONS = 4_096;
/** Of all that is read of one subnet. */
const READ_MS = 30_000;

/** Of each neuron one value, in the order of the uids; chains lack some. */
const VECTORS = [
  ...['active', 'validatorPermit', 'incentive', 'dividends', 'consensus', 'trust', 'validatorTrust', 'rank'],
  ...['pruningScores', 'emission', 'lastUpdate'],
] as const;

type Vectors = ReadonlyMap<string, readonly unknown[]>;

/** What is read of each hotkey or uid by itself, in the order of the uids; undefined where the chain lacks the item. */
interface Rows {
  readonly hotkeys: readonly string[];
  readonly coldkeys: readonly string[];
  readonly registeredAt: readonly unknown[] | undefined;
  readonly endpoints: readonly unknown[] | undefined;
  readonly stakes: readonly unknown[] | undefined;
  readonly shares: readonly unknown[] | undefined;
  readonly share: readonly unknown[] | undefined;
}

/**
 * All of a subnet of a Subtensor chain at its last final block, by storage items alone, which all its dialects have. Throws
 * `HeadframeError`: failed_precondition ('chain_lacks'), not_found ('subnet_not_found'), and what `Chain.read` throws.
 */
export function readMetagraph(chain: Chain, netuid: number): Promise<Metagraph> {
  return readFinal(
    chain,
    `subnet ${String(netuid)}`,
    async (snapshot) => {
      const items = snapshot.at.query[PALLET];
      if (items === undefined || chain.capabilities?.kind !== 'subtensor') throw chainLacks(chain.network, 'subnets');
      if (flagOf(await items['networksAdded']?.(netuid)) !== true) throw subnetNotFound(chain.network, netuid);
      const [facts, vectors, rows, parameters] = await Promise.all([
        readFacts(snapshot, items, netuid),
        readVectors(items, netuid),
        readRows(items, netuid),
        readHyperParameters(items, netuid),
      ]);
      const neurons = rows.hotkeys.map((_hotkey, uid) => neuronOf(uid, rows, vectors));
      return { network: chain.network, netuid, block: snapshot.block, ...facts, parameters, neurons };
    },
    READ_MS,
  );
}

async function readFacts(
  { at, block }: Snapshot,
  items: Items,
  netuid: number,
): Promise<Pick<Metagraph, 'tempo' | 'epochs' | 'pool' | 'stepsEachBlock'>> {
  const [tempo, last, next, since, pool] = await Promise.all([
    items['tempo']?.(netuid),
    items['lastEpochBlock']?.(netuid),
    at.call['subnetInfoRuntimeApi']?.['getNextEpochStartBlock']?.(netuid),
    items['blocksSinceLastStep']?.(netuid),
    readPool(at, items, netuid),
  ]);
  const facts = { tempo: countOf(tempo), lastEpochBlock: countOf(last), nextEpochBlock: countOf(next) };
  const epochs = epochsOf({ ...facts, netuid, block: block.number });
  const stepsEachBlock = countOf(since) === 0 && epochs.last !== undefined && epochs.last < block.number;
  return { tempo: facts.tempo, epochs, pool, stepsEachBlock };
}

/** The root, subnets of mechanism 0 and chains whose stake is in the base token have no pool. */
async function readPool(at: Snapshot['at'], items: Items, netuid: number): Promise<Pool> {
  const { subnetTAO, subnetAlphaIn, subnetMechanism } = items;
  if (netuid === 0 || subnetTAO === undefined || subnetAlphaIn === undefined) return { kind: 'par' };
  const [base, token, mechanism, price] = await Promise.all([
    subnetTAO(netuid),
    subnetAlphaIn(netuid),
    subnetMechanism?.(netuid),
    at.call['swapRuntimeApi']?.['currentAlphaPrice']?.(netuid),
  ]);
  if (countOf(mechanism) === 0) return { kind: 'par' };
  return poolOf({ base: amountOf(base), token: amountOf(token), price: amountOf(price) });
}

async function readVectors(items: Items, netuid: number): Promise<Vectors> {
  const all = await Promise.all(VECTORS.map(async (name) => [name, listOf(await items[name]?.(netuid))] as const));
  return new Map(all.flatMap(([name, values]) => (values === undefined ? [] : [[name, values] as const])));
}

async function readRows(items: Items, netuid: number): Promise<Rows> {
  const count = Math.min(MOST_NEURONS, countOf(await items['subnetworkN']?.(netuid)) ?? 0);
  const places = Array.from({ length: count }, (_, uid) => [netuid, uid]);
  const [keys, registeredAt] = await Promise.all([
    columnOf(items, 'keys', places),
    columnOf(items, 'blockAtRegistration', places),
  ]);
  const hotkeys = (keys ?? []).map((key) => textOf(key) ?? '');
  const [owners, endpoints, stakes, shares] = await Promise.all([
    columnOf(items, 'owner', hotkeys),
    columnOf(
      items,
      'axons',
      hotkeys.map((hotkey) => [netuid, hotkey]),
    ),
    stakesOf(items, netuid, hotkeys),
    columnOf(
      items,
      'totalHotkeyShares',
      hotkeys.map((hotkey) => [hotkey, netuid]),
    ),
  ]);
  const coldkeys = hotkeys.map((_hotkey, uid) => textOf(owners?.[uid]) ?? '');
  const held = hotkeys.map((hotkey, uid) => [hotkey, coldkeys[uid], netuid]);
  const share = coldkeys.includes('') ? undefined : await columnOf(items, 'alpha', held);
  return { hotkeys, coldkeys, registeredAt, endpoints, stakes, shares, share };
}

function stakesOf(items: Items, netuid: number, hotkeys: readonly string[]): Promise<readonly unknown[] | undefined> {
  if (items['totalHotkeyAlpha'] === undefined) return columnOf(items, 'totalHotkeyStake', hotkeys);
  return columnOf(
    items,
    'totalHotkeyAlpha',
    hotkeys.map((hotkey) => [hotkey, netuid]),
  );
}

/** One item for many keys, in one call, where the chain has it. */
export async function columnOf(
  items: Items,
  name: string,
  keys: readonly unknown[],
): Promise<readonly unknown[] | undefined> {
  const item = items[name];
  if (item === undefined || keys.length === 0) return item && [];
  return item.multi([...keys]);
}

function neuronOf(uid: number, rows: Rows, vectors: Vectors): Neuron {
  const count = (name: string): number | undefined => countOf(vectors.get(name)?.[uid]);
  return {
    ...{ uid, hotkey: rows.hotkeys[uid] ?? '', coldkey: rows.coldkeys[uid] ?? '' },
    registeredAt: countOf(rows.registeredAt?.[uid]),
    active: flagOf(vectors.get('active')?.[uid]),
    validatorPermit: flagOf(vectors.get('validatorPermit')?.[uid]),
    incentive: count('incentive'),
    dividends: count('dividends'),
    consensus: count('consensus'),
    trust: count('trust'),
    validatorTrust: count('validatorTrust'),
    rank: count('rank'),
    pruningScore: count('pruningScores'),
    emission: amountOf(vectors.get('emission')?.[uid]),
    stake: amountOf(rows.stakes?.[uid]),
    holding: holdingOf(rows, uid),
    lastUpdate: count('lastUpdate'),
    endpoint: endpointOf(rows.endpoints?.[uid]),
  };
}

function holdingOf({ stakes, shares, share }: Rows, uid: number): Holding | undefined {
  // Whole numbers, or fixed points of 64 bits; both shares are of one kind.
  const whole = (value: unknown): bigint | undefined => amountOf(fieldOf(value, 'bits')) ?? amountOf(value);
  const held = { total: whole(stakes?.[uid]), shares: whole(shares?.[uid]), share: whole(share?.[uid]) };
  const { total, shares: all, share: own } = held;
  return total === undefined || all === undefined || own === undefined ? undefined : { total, shares: all, share: own };
}

/** One who never said has none, or a port of 0. */
export function endpointOf(axon: unknown): Endpoint | undefined {
  const [ip, port] = [amountOf(fieldOf(axon, 'ip')), countOf(fieldOf(axon, 'port'))];
  if (ip === undefined || port === undefined || port === 0) return undefined;
  return { ip: ipText(ip, countOf(fieldOf(axon, 'ipType')) ?? 4), port, block: countOf(fieldOf(axon, 'block')) };
}

/** A decoded list; texts of bytes are none. */
function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
