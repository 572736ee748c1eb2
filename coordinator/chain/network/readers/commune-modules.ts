import type { Chain } from '../../port.js';
import { cleanBytes } from '../clean-text.js';
import { bytesOf, countOf, textOf } from './codec.js';
import { chainLacks } from './lacks.js';
import { readSnapshot } from './snapshot.js';

/** A module that is registered in a subnet of a chain like Commune's; what it says of itself nobody has proven. */
export interface CommuneModule {
  readonly netuid: number;
  readonly name: string;
  /** A pointer of whatever form. */
  readonly metadata: string;
}

/** A key of two parts and its value, as @polkadot/api decodes an entry of a double map. */
export type Entry = readonly [key: { readonly args: readonly unknown[] }, value: unknown];

const PALLET = 'subspaceModule';
const LONGEST_NAME = 64;
const LONGEST_TEXT = 256;
/** The chain itself has at most as many. */
const MOST_MODULES = 10_000;
/** Each of three maps comes in pages. */
const READ_MS = 60_000;

/**
 * The modules that say something of themselves, by netuid and name. Throws `HeadframeError`: failed_precondition ('chain_lacks'),
 * and what `Chain.read` throws.
 */
export function readCommuneModules(chain: Chain): Promise<CommuneModule[]> {
  return readSnapshot(
    chain,
    'modules',
    async ({ at }) => {
      const { metadata, name, keys } = at.query[PALLET] ?? {};
      if (metadata === undefined || name === undefined || keys === undefined)
        throw chainLacks(chain.network, 'modules that say what they are');
      const [said, names, owners] = await Promise.all([metadata.entries(), name.entries(), keys.entries()]);
      return communeModules(said, names, owners);
    },
    READ_MS,
  );
}

/** Metadata stands by netuid and key, names and keys by netuid and uid. Pure. */
export function communeModules(
  said: readonly Entry[],
  names: readonly Entry[],
  owners: readonly Entry[],
): CommuneModule[] {
  const uids = new Map(owners.map(([{ args }, key]) => [placeOf(args[0], textOf(key)), textOf(args[1])]));
  const nameOf = new Map(names.map(([{ args }, value]) => [placeOf(args[0], textOf(args[1])), value]));
  const modules = said.slice(0, MOST_MODULES).flatMap(([{ args }, value]): CommuneModule[] => {
    const [netuid, uid] = [countOf(args[0]), uids.get(placeOf(args[0], textOf(args[1])))];
    const metadata = readable(value, LONGEST_TEXT);
    // Whose uid is gone has left the subnet.
    if (netuid === undefined || uid === undefined || metadata === '') return [];
    return [{ netuid, name: readable(nameOf.get(placeOf(args[0], uid)), LONGEST_NAME), metadata }];
  });
  return modules.sort((a, b) => a.netuid - b.netuid || (a.name < b.name ? -1 : 1));
}

function placeOf(netuid: unknown, other: string | undefined): string {
  return `${textOf(netuid) ?? ''}/${other ?? ''}`;
}

function readable(bytes: unknown, most: number): string {
  return cleanBytes(bytesOf(bytes) ?? new Uint8Array(), most);
}
