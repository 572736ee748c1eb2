import { HeadframeError } from '../../../../common/model/error.js';
import type { Capabilities, Chain, Head } from '../../port.js';
import { cleanBytes, cleanText } from '../clean-text.js';
import { amountOf, bytesOf, countOf, fieldOf, flagOf, textOf } from './codec.js';
import { chainLacks } from './lacks.js';
import { readSnapshot } from './snapshot.js';
import type { Snapshot } from './snapshot.js';

/** A subnet of a Subtensor chain. What the chain does not have is undefined, never 0. */
export interface Subnet {
  readonly netuid: number;
  readonly name: string;
  readonly owner: string;
  /** As the owner says; nobody has proven it. */
  readonly githubRepo: string;
  readonly contact: string;
  readonly neurons: number;
  readonly mostNeurons: number | undefined;
  /** Of one registration, in the smallest unit. */
  readonly price: bigint | undefined;
  readonly registrationOpen: boolean | undefined;
  readonly tempo: bigint | undefined;
  /** Read for one subnet alone. */
  readonly hyperParameters: readonly HyperParameter[];
}

/** One of them, by the name that the metadata has. */
export interface HyperParameter {
  readonly name: string;
  /** Undefined where the chain does not have it. */
  readonly value: string | undefined;
}

/** Items of the storage of a pallet at a block. */
export type Items = NonNullable<Snapshot['at']['query'][string]>;
type Columns = Readonly<Record<(typeof COLUMNS)[number], readonly unknown[] | undefined>>;

const PALLET = 'subtensorModule';
const COLUMNS = [
  'subnetOwner',
  'subnetworkN',
  'maxAllowedUids',
  'burn',
  'networkRegistrationAllowed',
  'tempo',
] as const;
const HYPER_PARAMETERS = [
  ...['tempo', 'immunityPeriod', 'minNonImmuneUids', 'maxAllowedUids', 'maxAllowedValidators', 'activityCutoff'],
  ...['burn', 'minBurn', 'maxBurn', 'burnHalfLife', 'burnIncreaseMult', 'difficulty', 'adjustmentInterval'],
  ...['lastAdjustmentBlock', 'registrationsThisInterval', 'targetRegistrationsPerInterval', 'maxRegistrationsPerBlock'],
  ...['networkRegistrationAllowed', 'networkPowRegistrationAllowed', 'servingRateLimit', 'weightsSetRateLimit'],
  ...['weightsVersionKey', 'minAllowedWeights', 'commitRevealWeightsEnabled', 'revealPeriodEpochs', 'kappa', 'rho'],
] as const;
const LONGEST_NAME = 64;
const LONGEST_TEXT = 256;
const MOST_SUBNETS = 4_096;

/**
 * The subnets of a chain, or one with its hyper-parameters, all at one block. Throws `HeadframeError`: failed_precondition
 * ('chain_lacks'), not_found ('subnet_not_found'), and what `Chain.read` throws.
 */
export function readSubnets(
  chain: Chain,
  netuid?: number,
): Promise<{ readonly subnets: readonly Subnet[]; readonly block: Head }> {
  return readSnapshot(chain, 'subnets', async ({ at, block }) => {
    const items = at.query[PALLET];
    if (items === undefined || chain.capabilities?.kind !== 'subtensor') throw chainLacks(chain.network, 'subnets');
    const netuids = (await netuidsOf(items)).filter((known) => netuid === undefined || known === netuid);
    if (netuid !== undefined && netuids.length === 0) throw subnetNotFound(chain.network, netuid);
    const columns = await readColumns(items, netuids);
    const identities = await identitiesOf(items, chain.capabilities, netuids);
    const hyperParameters = netuid === undefined ? [] : await readHyperParameters(items, netuid);
    const subnets = netuids.map((id, at) => ({
      ...subnetOf(id, at, columns),
      ...identityOf(identities?.[at]),
      hyperParameters,
    }));
    return { subnets, block };
  });
}

async function netuidsOf(items: Items): Promise<number[]> {
  const entries = (await items['networksAdded']?.entries()) ?? [];
  const added = entries.flatMap(([key, isAdded]) => {
    const netuid = countOf(key.args[0]);
    return netuid === undefined || flagOf(isAdded) === false ? [] : [netuid];
  });
  return added.sort((a, b) => a - b).slice(0, MOST_SUBNETS);
}

async function readColumns(items: Items, netuids: readonly number[]): Promise<Columns> {
  const columns = await Promise.all(COLUMNS.map(async (name) => [name, await columnOf(items, name, netuids)] as const));
  return Object.fromEntries(columns) as Columns; // one for each name
}

/** One item of all subnets, where the chain has it, in one call. */
async function columnOf(
  items: Items,
  name: string,
  netuids: readonly number[],
): Promise<readonly unknown[] | undefined> {
  return items[name]?.multi([...netuids]);
}

function identitiesOf(
  items: Items,
  { identities }: Capabilities,
  netuids: readonly number[],
): Promise<readonly unknown[] | undefined> {
  return identities === undefined ? Promise.resolve(undefined) : columnOf(items, identities, netuids);
}

function subnetOf(
  netuid: number,
  at: number,
  columns: Columns,
): Omit<Subnet, 'name' | 'githubRepo' | 'contact' | 'hyperParameters'> {
  return {
    netuid,
    owner: ownerOf(columns.subnetOwner?.[at]),
    neurons: countOf(columns.subnetworkN?.[at]) ?? 0,
    mostNeurons: countOf(columns.maxAllowedUids?.[at]),
    price: amountOf(columns.burn?.[at]),
    registrationOpen: flagOf(columns.networkRegistrationAllowed?.[at]),
    tempo: amountOf(columns.tempo?.[at]),
  };
}

function identityOf(identity: unknown): Pick<Subnet, 'name' | 'githubRepo' | 'contact'> {
  const text = (field: string, most: number): string =>
    cleanBytes(bytesOf(fieldOf(identity, field)) ?? new Uint8Array(), most);
  return {
    name: text('subnetName', LONGEST_NAME),
    githubRepo: text('githubRepo', LONGEST_TEXT),
    contact: text('subnetContact', LONGEST_TEXT),
  };
}

/** Where nobody owns a subnet the chain answers an account of zeroes. */
function ownerOf(account: unknown): string {
  const bytes = bytesOf(account);
  return bytes === undefined || bytes.every((byte) => byte === 0) ? '' : (textOf(account) ?? '');
}

/** The hyper-parameters of one subnet, as the chain has them. */
export async function readHyperParameters(items: Items, netuid: number): Promise<HyperParameter[]> {
  return Promise.all(
    HYPER_PARAMETERS.map(async (name) => {
      const item = items[name];
      const value: unknown = await item?.(...(item.creator.meta.type.isMap ? [netuid] : []));
      const shown = textOf(value);
      return { name, value: shown === undefined ? undefined : cleanText(shown, LONGEST_NAME) };
    }),
  );
}

/** A subnet that is not there. */
export function subnetNotFound(network: string, netuid: number): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'subnet_not_found',
    message: `the network ${network} has no subnet ${String(netuid)}`,
    remedy: `headframe networks subnets ${network} shows all.`,
    violations: [{ path: 'netuid', value: String(netuid), expected: 'the netuid of a subnet that is there' }],
    metadata: { network, netuid: String(netuid), class: 'never' },
  });
}
