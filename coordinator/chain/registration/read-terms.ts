import { z } from 'zod';
import type { Chain } from '../port.js';
import { parseAddress } from '../network/readers/account.js';
import { amountOf, countOf, flagOf } from '../network/readers/codec.js';
import { readSnapshot } from '../network/readers/snapshot.js';
import type { RegistrationTerms, RegistrationWish, SubnetTerms } from './judge-registration.js';
import type { WeightsCommit, WeightsTerms } from './judge-weights.js';
import type { Place } from './refusals.js';
import { elementOf, itemsOf } from './subtensor-items.js';
import type { Items } from './subtensor-items.js';

/** The runtime lets in so many times its target in an interval: https://github.com/opentensor/subtensor, `do_burned_registration`. */
const TARGETS = 3;

/** On what terms a subnet takes a hotkey in now. Throws 'chain_lacks', and what `Chain.read` throws. */
export function readRegistrationTerms(
  chain: Chain,
  { netuid, hotkey, coldkey }: Omit<RegistrationWish, 'highest'>,
): Promise<RegistrationTerms> {
  return readSnapshot(chain, 'registration', async ({ api, at, block }) => {
    const items = itemsOf(at, chain);
    parseAddress(api.registry, hotkey);
    const [exists, open, price, uid, otherOwner, interval] = await Promise.all([
      items['networksAdded']?.(netuid),
      items['networkRegistrationAllowed']?.(netuid),
      items['burn']?.(netuid),
      items['uids']?.(netuid, hotkey),
      otherOwnerOf(items, { hotkey, coldkey }, (key) => api.rpc.state.getStorage(key, block.hash)),
      readInterval(items, netuid),
    ]);
    return {
      best: block.number,
      exists: flagOf(exists) === true,
      open: flagOf(open),
      price: amountOf(price),
      uid: countOf(uid),
      ...{ otherOwner, interval },
    };
  });
}

/** What a new subnet goes by now. Throws 'chain_lacks', and what `Chain.read` throws. */
export function readSubnetTerms(chain: Chain): Promise<SubnetTerms> {
  return readSnapshot(chain, 'the price of a subnet', async ({ at, block }) => {
    const items = itemsOf(at, chain);
    const [cost, since, blocks] = await Promise.all([
      at.call['subnetRegistrationRuntimeApi']?.['getNetworkRegistrationCost']?.(),
      items['networkLastRegistered']?.(),
      items['networkRateLimit']?.(),
    ]);
    return { best: block.number, price: amountOf(cost), last: pairOf(countOf(since), countOf(blocks)) };
  });
}

/** What a subnet goes by when a hotkey sets weights there now. Throws 'chain_lacks', and what `Chain.read` throws. */
export function readWeightsTerms(chain: Chain, { netuid, hotkey }: Place): Promise<WeightsTerms> {
  return readSnapshot(chain, 'the rules of weights', async ({ at, block }) => {
    const items = itemsOf(at, chain);
    const of = (name: string): Promise<unknown> | undefined => items[name]?.(netuid);
    const [uid, neurons, permits, updates, limit, commitReveal, key, fewest, part] = await Promise.all([
      items['uids']?.(netuid, hotkey),
      ...['subnetworkN', 'validatorPermit', 'lastUpdate', 'weightsSetRateLimit'].map(of),
      ...['commitRevealWeightsEnabled', 'weightsVersionKey', 'minAllowedWeights', 'maxWeightsLimit'].map(of),
    ]);
    const own = countOf(uid);
    const isHidden = flagOf(commitReveal) === true;
    return {
      best: block.number,
      uid: own,
      ...(isHidden ? await readHidden(items, { netuid, hotkey }, chain.capabilities) : IN_CLEAR),
      neurons: countOf(neurons) ?? 0,
      permit: own === undefined ? undefined : flagOf(elementOf(permits, own)),
      lastUpdate: own === undefined ? undefined : countOf(elementOf(updates, own)),
      rateLimit: countOf(limit),
      versionKey: amountOf(key) ?? 0n,
      fewest: countOf(fewest),
      largestPart: countOf(part),
    };
  });
}

type HiddenTerms = Pick<WeightsTerms, 'commitReveal' | 'reveal' | 'commits'>;

const IN_CLEAR: HiddenTerms = { commitReveal: 'off', reveal: undefined, commits: [] };

async function readHidden(
  items: Items,
  { netuid, hotkey }: Pick<Place, 'netuid' | 'hotkey'>,
  capabilities: Chain['capabilities'],
): Promise<HiddenTerms> {
  const { tempo, revealPeriodEpochs, weightCommits } = items;
  const [blocks, epochs] = [countOf(await tempo?.(netuid)), countOf(await revealPeriodEpochs?.(netuid))];
  if (capabilities?.commitReveal !== true || blocks === undefined || epochs === undefined)
    return { ...IN_CLEAR, commitReveal: 'other' };
  const commits = commitsOf((await weightCommits?.(netuid, hotkey))?.toJSON());
  return { commitReveal: 'plain', reveal: { netuid, tempo: blocks, period: epochs }, commits };
}

/** Hash, block of the commit, and the reveal's blocks as they were computed then. */
const commitsSchema = z
  .array(z.tuple([z.string(), z.number(), z.number(), z.number()]))
  .nullish()
  .transform((commits) => (commits ?? []).map(([hash, block]) => ({ hash, block })));

function commitsOf(json: unknown): WeightsCommit[] {
  return commitsSchema.parse(json);
}

/** The uids of hotkeys in a subnet, in their order; undefined for those that are not there. Throws as the others do. */
export function readUids(chain: Chain, netuid: number, hotkeys: readonly string[]): Promise<(number | undefined)[]> {
  return readSnapshot(chain, 'uids', async ({ at }) => {
    const found = await itemsOf(at, chain)['uids']?.multi(hotkeys.map((hotkey) => [netuid, hotkey]));
    return hotkeys.map((_hotkey, index) => countOf(found?.[index]));
  });
}

/** The coldkey of a hotkey, where it is another. A stranger's reads as some default, so that the item itself is looked for. */
async function otherOwnerOf(
  items: Items,
  { hotkey, coldkey }: { readonly hotkey: string; readonly coldkey: string },
  stored: (key: string) => Promise<unknown>,
): Promise<string | undefined> {
  const entry = items['owner'];
  if (entry === undefined) return undefined;
  const found = await stored(entry.key(hotkey));
  if (typeof found !== 'object' || found === null || !('isSome' in found) || found.isSome !== true) return undefined;
  const owner = await entry(hotkey);
  return owner.eq(coldkey) ? undefined : owner.toString();
}

async function readInterval(items: Items, netuid: number): Promise<RegistrationTerms['interval']> {
  const names = ['registrationsThisInterval', 'targetRegistrationsPerInterval'] as const;
  const times = ['lastAdjustmentBlock', 'adjustmentInterval'] as const;
  const [registered, target, since, blocks] = await Promise.all(
    [...names, ...times].map(async (name) => countOf(await items[name]?.(netuid))),
  );
  const term = pairOf(since, blocks);
  if (registered === undefined || target === undefined || term === undefined) return undefined;
  return { registered, most: target * TARGETS, ...term };
}

function pairOf(since: number | undefined, blocks: number | undefined): SubnetTerms['last'] {
  return since === undefined || blocks === undefined ? undefined : { since, blocks };
}
