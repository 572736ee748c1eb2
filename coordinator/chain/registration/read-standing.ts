import type { Chain } from '../port.js';
import { parseAddress } from '../network/readers/account.js';
import { amountOf, countOf, fieldOf, flagOf, textOf } from '../network/readers/codec.js';
import { readSnapshot } from '../network/readers/snapshot.js';
import { textOfAddress } from './endpoint-address.js';
import { forecastOf } from './forecast.js';
import type { Forecast, PruningTerms } from './forecast.js';
import type { Axon, ServingTerms } from './judge-serving.js';
import { subnetNotFound } from './refusals.js';
import type { Place } from './refusals.js';
import { elementOf, itemsOf } from './subtensor-items.js';
import type { Items } from './subtensor-items.js';

/** How a hotkey stands in a subnet, at one block. */
export interface HotkeyStanding {
  readonly best: number;
  /** Undefined for one that is not registered there. */
  readonly uid: number | undefined;
  readonly registeredAt: number | undefined;
  /** Block of the last weights, or of the registration. */
  readonly lastUpdate: number | undefined;
  readonly permit: boolean | undefined;
  /** Also of one that was pruned, where the chain forgets none. */
  readonly axon: Axon | undefined;
  /** Undefined for one that is not registered, and where the chain has no such numbers. */
  readonly forecast: Forecast | undefined;
}

/** What a chain has of a hotkey's endpoint. Throws 'chain_lacks', and what `Chain.read` throws. */
export function readServingTerms(chain: Chain, { netuid, hotkey }: Place): Promise<ServingTerms> {
  return readSnapshot(chain, 'an endpoint', async ({ at, block }) => {
    const items = itemsOf(at, chain);
    const [uid, axon, rateLimit] = await Promise.all([
      items['uids']?.(netuid, hotkey),
      items['axons']?.(netuid, hotkey),
      items['servingRateLimit']?.(netuid),
    ]);
    return { best: block.number, uid: countOf(uid), axon: axonOf(axon), rateLimit: countOf(rateLimit) };
  });
}

/** How a hotkey stands. Throws 'subnet_not_found', 'chain_lacks', and what `Chain.read` throws. */
export function readStanding(chain: Chain, place: Place): Promise<HotkeyStanding> {
  const { netuid, hotkey } = place;
  return readSnapshot(chain, 'the standing of a hotkey', async ({ api, at, block }) => {
    const items = itemsOf(at, chain);
    parseAddress(api.registry, hotkey);
    if (flagOf(await items['networksAdded']?.(netuid)) !== true) throw subnetNotFound(place);
    const [found, axon, permits, updates] = await Promise.all([
      items['uids']?.(netuid, hotkey),
      items['axons']?.(netuid, hotkey),
      items['validatorPermit']?.(netuid),
      items['lastUpdate']?.(netuid),
    ]);
    const best = block.number;
    const uid = countOf(found);
    const endpoint = axonOf(axon);
    const nothing = { registeredAt: undefined, lastUpdate: undefined, permit: undefined, forecast: undefined };
    if (uid === undefined) return { best, uid, axon: endpoint, ...nothing };
    const terms = await readPruning(items, netuid, best);
    return {
      ...{ best, uid, axon: endpoint },
      registeredAt: terms?.holders.find((holder) => holder.uid === uid)?.registeredAt,
      lastUpdate: countOf(elementOf(updates, uid)),
      permit: flagOf(elementOf(permits, uid)),
      forecast: terms && forecastOf(terms, uid),
    };
  });
}

/** Who has a place in a subnet, and what decides who is to lose it, at one block. */
export interface Places {
  /** Undefined where the chain has no such numbers. */
  readonly terms: PruningTerms | undefined;
  /** By the hotkey's address. */
  readonly uids: ReadonlyMap<string, number>;
}

/** The places of a subnet, all at one block. Throws 'chain_lacks', and what `Chain.read` throws. */
export function readPlaces(chain: Chain, netuid: number): Promise<Places> {
  return readSnapshot(chain, 'the places of a subnet', async ({ at, block }) => {
    const items = itemsOf(at, chain);
    const terms = await readPruning(items, netuid, block.number);
    const held = terms?.holders.map(({ uid }) => uid) ?? [];
    const keys = (await items['keys']?.multi(held.map((uid) => [netuid, uid]))) ?? [];
    const uids = held.flatMap((uid, index): [string, number][] => {
      const hotkey = textOf(keys[index]);
      return hotkey === undefined ? [] : [[hotkey, uid]];
    });
    return { terms, uids: new Map(uids) };
  });
}

async function readPruning(items: Items, netuid: number, best: number): Promise<PruningTerms | undefined> {
  const scoring = items['pruningScores'] ?? items['emission'];
  const ages = items['blockAtRegistration'];
  if (scoring === undefined || ages === undefined) return undefined;
  const counted = async (name: string): Promise<number | undefined> => countOf(await items[name]?.(netuid));
  const [count = 0, places, immunity = 0, leastNotImmune = 0] = await Promise.all(
    ['subnetworkN', 'maxAllowedUids', 'immunityPeriod', 'minNonImmuneUids'].map(counted),
  );
  const [scores, exempt] = await Promise.all([scoring(netuid), ownersUid(items, netuid)]);
  const uids = Array.from({ length: count }, (_, uid) => uid);
  const registered = await ages.multi(uids.map((uid) => [netuid, uid]));
  const holders = uids.map((uid) => ({
    uid,
    score: amountOf(elementOf(scores, uid)) ?? 0n,
    registeredAt: countOf(registered[uid]) ?? 0,
  }));
  return { best, holders, places, immunity, leastNotImmune, exempt };
}

async function ownersUid(items: Items, netuid: number): Promise<ReadonlySet<number>> {
  const owner = await items['subnetOwnerHotkey']?.(netuid);
  const uid = owner && countOf(await items['uids']?.(netuid, owner));
  return new Set(uid === undefined ? [] : [uid]);
}

/** An endpoint that was never told has the address 0. */
function axonOf(axon: unknown): Axon | undefined {
  const value = amountOf(fieldOf(axon, 'ip'));
  const ip = value && textOfAddress({ family: countOf(fieldOf(axon, 'ipType')) === 6 ? 6 : 4, value });
  if (ip === undefined || ip === 0n) return undefined;
  return {
    ip,
    port: countOf(fieldOf(axon, 'port')) ?? 0,
    block: countOf(fieldOf(axon, 'block')) ?? 0,
    version: countOf(fieldOf(axon, 'version')) ?? 0,
  };
}
