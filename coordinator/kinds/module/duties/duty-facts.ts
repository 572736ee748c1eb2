import type { Clock } from '../../../../common/model/clock.js';
import type { IntentRecord } from '../../../../common/model/intent.js';
import { placeOf } from '../../../../common/model/admission.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { ModuleChain, ModuleServing } from '../../../../common/model/module-spec.js';
import { isTold } from '../../../chain/metagraph/held-places.js';
import type { Chain } from '../../../chain/port.js';
import { readStake } from '../../../chain/network/readers/neurons.js';
import { readRegistrationTerms, readServingTerms, servableOf } from '../../../chain/registration/index.js';
import type { Endpoint } from '../../../chain/registration/index.js';
import type { Wallets } from '../../../chain/wallets/index.js';
import type { FleetReader } from '../../../fleet/port.js';
import type { DutyView } from './plan-duties.js';
import type { SubnetGlance } from './subnet-glance.js';

/** What the duties of miners are looked at by. */
export interface DutySight {
  readonly fleet: Pick<FleetReader, 'miners' | 'instancesOf' | 'workload' | 'host' | 'intents' | 'wallet'>;
  /** Throws `HeadframeError` (not_found, 'network_not_found'). */
  readonly networks: { find(name: string): Chain };
  readonly wallets: Pick<Wallets, 'get' | 'hotkey' | 'unlockedUntilMs'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * All that decides what is next for a miner on its chain. Throws `HeadframeError`: not_found ('network_not_found',
 * 'wallet_not_found', 'hotkey_not_found'), and what reading from a chain throws.
 */
export async function viewDuties(sight: DutySight, miner: MinerRecord, duties: ModuleChain): Promise<DutyView> {
  const { fleet, networks, wallets, clock } = sight;
  const { network, netuid, wallet, leastStake, serve } = duties;
  const chain = networks.find(network);
  const { coldkey, hotkey, custody } = keysOf(wallets, duties);
  const place = { network, netuid, hotkey };
  const terms = await readRegistrationTerms(chain, { ...place, coldkey });
  const there = terms.uid !== undefined;
  const { admission } = miner;
  return {
    ...{ nowMs: clock.nowMs(), duties, hotkey, coldkey, terms },
    stake: leastStake === '0' || !there ? undefined : await readStake(chain, { coldkey, hotkey, netuid }),
    serving: serve === undefined || !there ? undefined : await readServingTerms(chain, place),
    endpoint: serve && endpointOf(fleet, miner, serve),
    unpayable: unpayable(custody, wallet, wallets.unlockedUntilMs(wallet)),
    registration: lastOf(fleet.intents(), REGISTRATIONS, place),
    telling: lastOf(fleet.intents(), ['serveAxon'], place),
    admission: admission?.place === placeOf(duties) ? admission : undefined,
    changedAtMs: miner.updatedAtMs,
  };
}

/** What a glance shows of a miner whose duties are done, and are so still. */
export interface StillDone {
  readonly uid: number;
  readonly hotkey: string;
  readonly block: number;
}

/**
 * Sees by a glance that nothing of a miner's duties is to be done; undefined where something may be, which the chain itself has
 * to tell. Throws as `viewDuties` does, and 'serving_invalid'.
 */
export async function seeStillDone(
  { fleet, networks, wallets }: DutySight,
  glance: Pick<SubnetGlance, 'of'>,
  miner: MinerRecord,
  duties: ModuleChain,
): Promise<StillDone | undefined> {
  const { network, netuid, leastStake, serve } = duties;
  const { coldkey, hotkey } = keysOf(wallets, duties);
  const all = (): ReadonlySet<string> => hotkeysAt(fleet, duties);
  const { block, byHotkey } = await glance.of(networks.find(network), { netuid, hotkey }, all);
  const place = byHotkey.get(hotkey);
  if (place?.coldkey !== coldkey) return undefined;
  if (leastStake !== '0' && (place.stake === undefined || place.stake < BigInt(leastStake))) return undefined;
  const endpoint = serve && endpointOf(fleet, miner, serve);
  if (serve !== undefined && (endpoint === undefined || !isTold(place.endpoint, endpoint))) return undefined;
  return { uid: place.uid, hotkey, block };
}

/** Of all miners for a subnet. */
function hotkeysAt(fleet: Pick<DutySight['fleet'], 'miners' | 'wallet'>, at: ModuleChain): ReadonlySet<string> {
  const hotkeys = new Set<string>();
  for (const { spec } of fleet.miners()) {
    const chain = spec.module?.chain;
    if (chain?.network !== at.network || chain.netuid !== at.netuid) continue;
    const hotkey = fleet.wallet(chain.wallet)?.hotkeys.find(({ name }) => name === chain.hotkey);
    if (hotkey !== undefined) hotkeys.add(hotkey.address);
  }
  return hotkeys;
}

function keysOf(wallets: DutySight['wallets'], { wallet, hotkey }: ModuleChain) {
  const { address, proxyFor, custody } = wallets.get(wallet);
  return { custody, coldkey: proxyFor?.address ?? address, hotkey: wallets.hotkey(wallet, hotkey).address };
}

const REGISTRATIONS = ['registerLimit', 'burnedRegister'];

/** Where others reach the miner's running instance. */
function endpointOf(
  fleet: DutySight['fleet'],
  miner: MinerRecord,
  { port: name, address }: ModuleServing,
): Endpoint | undefined {
  for (const { hostId, hostPorts, workloadId } of lastingInstances(fleet, miner)) {
    if (hostId === undefined) continue;
    const at = fleet.workload(workloadId)?.container.ports.findIndex((one) => one.name === name) ?? -1;
    const port = hostPorts[at];
    const ip = address === '' ? servableOf(fleet.host(hostId)?.description.addresses ?? []) : address;
    if (port !== undefined && port !== 0 && ip !== undefined) return { ip, port };
  }
  return undefined;
}

/** Those that run, but for what is being replaced: once the chain was told of that, it would refuse what it is told next for a while. */
function lastingInstances(
  fleet: Pick<DutySight['fleet'], 'instancesOf'>,
  { spec, rollout, workloadId: present }: MinerRecord,
) {
  const isReplacing = rollout.state === 'progressing' && !rollout.paused;
  const lasts = (workloadId: number): boolean => !isReplacing || workloadId === present;
  return [...fleet.instancesOf(spec.name)].filter(({ state, workloadId }) => state === 'running' && lasts(workloadId));
}

function unpayable(custody: string, wallet: string, unlockedUntilMs: number | undefined): DutyView['unpayable'] {
  if (custody === 'watch') return { reason: 'wallet_watch_only', text: `The wallet ${wallet} has no key here.` };
  if (unlockedUntilMs !== undefined) return undefined;
  return { reason: 'wallet_locked', text: `The wallet ${wallet} is locked: headframe wallets unlock ${wallet}.` };
}

/** The last call of these that was asked for, for a hotkey in a subnet. */
function lastOf(
  intents: Iterable<IntentRecord>,
  methods: readonly string[],
  { network, netuid, hotkey }: { readonly network: string; readonly netuid: number; readonly hotkey: string },
): IntentRecord | undefined {
  let last: IntentRecord | undefined;
  for (const intent of intents) {
    const { call, signer } = intent;
    if (intent.network !== network || !methods.includes(call.method) || call.args[0] !== netuid) continue;
    if (signer !== hotkey && !call.args.includes(hotkey)) continue;
    if (last === undefined || intent.createdAtMs >= last.createdAtMs) last = intent;
  }
  return last;
}
