import type { Payer } from '../../../chain/extrinsics/index.js';
import { planRegistration, planServing, requireReachable } from '../../../chain/registration/index.js';
import type { DutySight } from './duty-facts.js';
import type { DutyStep, DutyView } from './plan-duties.js';

/** What a call is asked for with. */
interface CallParts extends DutySight {
  readonly payer: Pick<Payer, 'pay'>;
  readonly newId: () => string;
}

/** After which a call is not begun that goes by what was read before, in milliseconds. */
const STALE_MS = { price: 120_000, endpoint: 600_000 } as const;

/**
 * Asks for the call of a step, once it has been looked at once more. Throws `HeadframeError`: what the plans of registrations
 * and endpoints throw, 'miner_unreachable', and what `Payer.pay` throws.
 */
export async function makeCall(parts: CallParts, view: DutyView, step: DutyStep): Promise<void> {
  if (step.kind === 'register') await register(parts, view);
  else await serve(parts, view, step);
}

async function register({ payer, networks, newId, clock }: CallParts, view: DutyView): Promise<void> {
  const { network, netuid, wallet, hotkey: name, register: wish } = view.duties;
  const { hotkey, coldkey } = view;
  const highest = BigInt(wish?.highestPrice ?? 0);
  const planned = await planRegistration(networks.find(network), { network, netuid, hotkey, coldkey, highest });
  if ('uid' in planned) return;
  const purpose = `Register ${wallet}/${name} in subnet ${String(netuid)} for its miner`;
  const giveUpAtMs = clock.nowMs() + STALE_MS.price;
  await payer.pay({ ...planned, key: newId(), network, wallet, purpose, giveUpAtMs });
}

async function serve(
  { payer, networks, newId, clock }: CallParts,
  { duties, hotkey }: DutyView,
  { endpoint }: Extract<DutyStep, { readonly kind: 'serve' }>,
): Promise<void> {
  const { network, netuid, wallet, hotkey: name } = duties;
  const planned = await planServing(networks.find(network), { network, netuid, hotkey }, endpoint);
  if (planned === undefined) return;
  await requireReachable(endpoint);
  const purpose = `Serve ${wallet}/${name} in subnet ${String(netuid)} at ${endpoint.ip} port ${String(endpoint.port)}`;
  const giveUpAtMs = clock.nowMs() + STALE_MS.endpoint;
  await payer.pay({ ...planned, key: newId(), network, wallet: `${wallet}/${name}`, purpose, giveUpAtMs });
}
