import type { Clock } from '../../../../common/model/clock.js';
import type { IntentRecord } from '../../../../common/model/intent.js';
import { placeOf } from '../../../../common/model/admission.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { ModuleChain, ModuleServing } from '../../../../common/model/module-spec.js';
import type { Chain } from '../../../chain/port.js';
import { readStake } from '../../../chain/network/readers/neurons.js';
import { readRegistrationTerms, readServingTerms, servableOf } from '../../../chain/registration/index.js';
import type { Endpoint } from '../../../chain/registration/index.js';
import type { Wallets } from '../../../chain/wallets/index.js';
import type { FleetReader } from '../../../fleet/port.js';
import type { DutyView } from './plan-duties.js';

/** What the duties of miners are looked at by. */
export interface DutySight {
  readonly fleet: Pick<FleetReader, 'instancesOf' | 'workload' | 'host' | 'intents' | 'wallet'>;
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
  const { address, proxyFor, custody } = wallets.get(wallet);
  const coldkey = proxyFor?.address ?? address;
  const hotkey = wallets.hotkey(wallet, duties.hotkey).address;
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

const REGISTRATIONS = ['registerLimit', 'burnedRegister'];

/** Where others reach the miner's running instance. */
function endpointOf(
  fleet: DutySight['fleet'],
  { spec }: MinerRecord,
  { port: name, address }: ModuleServing,
): Endpoint | undefined {
  for (const { state, hostId, hostPorts, workloadId } of fleet.instancesOf(spec.name)) {
    if (state !== 'running' || hostId === undefined) continue;
    const at = fleet.workload(workloadId)?.container.ports.findIndex((one) => one.name === name) ?? -1;
    const port = hostPorts[at];
    const ip = address === '' ? servableOf(fleet.host(hostId)?.description.addresses ?? []) : address;
    if (port !== undefined && port !== 0 && ip !== undefined) return { ip, port };
  }
  return undefined;
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
