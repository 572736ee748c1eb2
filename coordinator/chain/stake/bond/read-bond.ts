import { amountOf, countOf, fieldOf, flagOf, textOf } from '../../network/readers/codec.js';
import type { Snapshot } from '../../network/readers/snapshot.js';
import type { Bond, Unlocking } from './bond.js';

/** Where a chain stands with its eras. */
export interface EraClock {
  /** The last one that both counts have begun: what is to be free by then is free however the runtime counts. */
  readonly era: number;
  /** When an era begins, in unix milliseconds; undefined where the chain does not tell how long they last. */
  readonly startOf: (era: number) => number | undefined;
}

const STAKING = 'staking';

/** The bond that an account owns or controls; undefined for none. */
export async function bondAt(snapshot: Snapshot, account: string, clock: EraClock): Promise<Bond | undefined> {
  const { at } = snapshot;
  const { bonded, ledger, nominators, validators } = at.query[STAKING] ?? {};
  if (bonded === undefined || ledger === undefined) return undefined;
  const controller = textOf(await bonded(account)) ?? account;
  const read = await ledger(controller);
  const stash = textOf(fieldOf(read, 'stash'));
  if (stash === undefined) return undefined;
  const [nominated, isValidator] = await Promise.all([
    nominators?.(stash),
    validators === undefined ? false : isStored(snapshot, validators.key(stash)),
  ]);
  return {
    ...{ stash, controller, validates: isValidator },
    total: amountOf(fieldOf(read, 'total')) ?? 0n,
    active: amountOf(fieldOf(read, 'active')) ?? 0n,
    unlocking: listOf(fieldOf(read, 'unlocking')).map((chunk) => unlockingOf(chunk, clock)),
    rewardsTo: payeeOf(await at.query[STAKING]?.['payee']?.(stash)),
    nominations: listOf(fieldOf(nominated, 'targets')).flatMap((target) => textOf(target) ?? []),
  };
}

/** Where the eras of a chain stand. */
export async function eraClockAt({ at }: Snapshot): Promise<EraClock> {
  const { currentEra, activeEra } = at.query[STAKING] ?? {};
  const [planned, active] = await Promise.all([currentEra?.(), activeEra?.()]);
  const index = countOf(fieldOf(active, 'index'));
  const startMs = countOf(fieldOf(active, 'start'));
  const eras = [countOf(planned), index].filter((era) => era !== undefined);
  const lengthMs = eraLengthMs(at.consts);
  return {
    era: eras.length === 0 ? 0 : Math.min(...eras),
    startOf: (era) =>
      startMs === undefined || index === undefined || lengthMs === undefined
        ? undefined
        : startMs + (era - index) * lengthMs,
  };
}

/** Those of these accounts that are no validators, or take no nominations. */
export async function notToNominate(snapshot: Snapshot, accounts: readonly string[]): Promise<readonly string[]> {
  const validators = snapshot.at.query[STAKING]?.['validators'];
  if (validators === undefined) return [];
  const judged = await Promise.all(
    accounts.map(async (account) => {
      const isThere = await isStored(snapshot, validators.key(account));
      return isThere && flagOf(fieldOf(await validators(account), 'blocked')) !== true;
    }),
  );
  return accounts.filter((_, at) => judged[at] === false);
}

/** How many slashes of a stash the chain has to clear away when all of it is withdrawn: it has to be told. */
export async function slashingSpansOf({ at }: Snapshot, stash: string): Promise<number> {
  const spans = fieldOf(await at.query[STAKING]?.['slashingSpans']?.(stash), 'prior');
  return spans === undefined ? 0 : listOf(spans).length + 1;
}

function unlockingOf(chunk: unknown, { era: now, startOf }: EraClock): Unlocking {
  const era = countOf(fieldOf(chunk, 'era')) ?? Number.MAX_SAFE_INTEGER;
  const free = era <= now;
  return { amount: amountOf(fieldOf(chunk, 'value')) ?? 0n, era, free, freeAtMs: free ? undefined : startOf(era) };
}

/** By the consensus that makes the blocks; chains without it do not say. */
function eraLengthMs(consts: Snapshot['at']['consts']): number | undefined {
  const parts = [
    consts[STAKING]?.['sessionsPerEra'],
    consts['babe']?.['epochDuration'],
    consts['babe']?.['expectedBlockTime'],
  ].map(countOf);
  return parts.reduce<number | undefined>((product, part) => product && part && product * part, 1);
}

function payeeOf(value: unknown): string | undefined {
  const kind = fieldOf(value, 'type');
  // Of an enum only the variant that it is may be read.
  if (kind === 'Account') return textOf(fieldOf(value, 'asAccount'));
  return typeof kind === 'string' ? kind : undefined;
}

async function isStored({ api, block }: Snapshot, key: string): Promise<boolean> {
  const stored: unknown = await api.rpc.state.getStorage(key, block.hash);
  return typeof stored === 'object' && stored !== null && 'isSome' in stored && stored.isSome === true;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
