import type { MessageInitShape } from '@bufbuild/protobuf';
import { HotkeyState } from '../../common/gen/headframe/v1/registration_service_pb.js';
import type {
  GetHotkeyStandingResponseSchema,
  RegistrationService,
} from '../../common/gen/headframe/v1/registration_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import {
  isPrivate,
  judgeStanding,
  planRegistration,
  planServing,
  planSubnet,
  probeEndpoint,
  readStanding,
  requireReachable,
  wasRegistered,
} from '../chain/registration/index.js';
import type { HotkeyStanding } from '../chain/registration/index.js';
import { payFor } from './paying.js';
import type { HandlerParts } from './parts.js';
import { accountOf, hotkeyOf, payingBy, priceOf, requireOwn, signedIn } from './registration-wishes.js';
import { repeatOf } from './repeated-call.js';
import { commitView, weightsHandler } from './weights-setting.js';

type Service = ServiceImplementation<typeof RegistrationService>;
type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'wallets' | 'payer' | 'weightCommits' | 'newId' | 'clock'>;

/** After which a call is not begun that goes by what was read before. */
const STALE_MS = { price: 120_000, endpoint: 600_000 } as const;

/** The service of subnets and of the hotkeys in them. */
export function registrationService(parts: Parts): Service {
  return { ...placeHandlers(parts), ...publishingHandlers(parts), getHotkeyStanding: standingHandler(parts) };
}

function placeHandlers(parts: Parts): Pick<Service, 'createSubnet' | 'registerHotkey'> {
  return {
    createSubnet: async ({ network, highestPricePlanck, ...asked }) => {
      const hotkey = hotkeyOf(parts, asked.hotkey);
      const pay = payingBy(asked.pay, hotkey.wallet);
      const repeat = repeatOf(parts.fleet, pay, { kind: 'create_subnet', network, hotkey: hotkey.address });
      const chain = parts.networks.find(network);
      const planned = repeat ?? (await planSubnet(chain, hotkey.address, priceOf(highestPricePlanck)));
      const purpose = `Create a subnet of ${hotkey.text}`;
      return { paid: await payFor(parts, pay, { network, ...planned, purpose, giveUpAtMs: by(parts, 'price') }) };
    },
    registerHotkey: async ({ network, netuid, highestPricePlanck, ...asked }) => {
      const hotkey = hotkeyOf(parts, asked.hotkey);
      const pay = payingBy(asked.pay, hotkey.wallet);
      const place = { network, netuid, hotkey: hotkey.address };
      const wish = { ...place, coldkey: accountOf(parts, pay.wallet), highest: priceOf(highestPricePlanck) };
      const repeat = repeatOf(parts.fleet, pay, { kind: 'register', ...place });
      const planned = repeat ?? (await planRegistration(parts.networks.find(network), wish));
      if ('uid' in planned) return { uid: planned.uid };
      const purpose = `Register ${hotkey.text} in subnet ${String(netuid)}`;
      return { paid: await payFor(parts, pay, { network, ...planned, purpose, giveUpAtMs: by(parts, 'price') }) };
    },
  };
}

function publishingHandlers(parts: Parts): Pick<Service, 'serveEndpoint' | 'setWeights'> {
  return {
    serveEndpoint: async ({ network, netuid, ip, port, withoutProbe, ...asked }) => {
      const hotkey = requireOwn(hotkeyOf(parts, asked.hotkey));
      const pay = signedIn(asked.pay, hotkey.wallet);
      const place = { network, netuid, hotkey: hotkey.address };
      const repeat = repeatOf(parts.fleet, pay, { kind: 'serve', ...place });
      const planned = repeat ?? (await planServing(parts.networks.find(network), place, { ip, port }));
      const privateAddress = isPrivate(ip);
      if (planned === undefined) return { privateAddress };
      if (repeat === undefined && !withoutProbe) await requireReachable({ ip, port });
      const unproven = withoutProbe ? ', which was not tried' : '';
      const purpose = `Serve ${hotkey.text} in subnet ${String(netuid)} at ${ip} port ${String(port)}${unproven}`;
      const what = { network, hotkey: hotkey.name, ...planned, purpose, giveUpAtMs: by(parts, 'endpoint') };
      return { paid: await payFor(parts, pay, what), privateAddress };
    },
    setWeights: weightsHandler(parts),
  };
}

function standingHandler(parts: Parts): Service['getHotkeyStanding'] {
  return async ({ network, netuid, probe, ...asked }) => {
    const { address } = hotkeyOf(parts, asked.hotkey);
    const place = { network, netuid, hotkey: address };
    const standing = await readStanding(parts.networks.find(network), place);
    const { uid, axon } = standing;
    const probed = probe && uid !== undefined && axon !== undefined ? await probeEndpoint(axon) : undefined;
    const judged = judgeStanding(standing, probed, wasRegistered(parts.fleet.intents(), place));
    const committed = parts.fleet.weightCommit({ network, netuid, address });
    return {
      ...{ address, state: STATES[judged.state], text: judged.text, ...standingToWire(standing) },
      ...(committed === undefined ? {} : { weightsCommit: commitView(parts, committed) }),
    };
  };
}

const STATES = {
  registered: HotkeyState.REGISTERED,
  dark: HotkeyState.DARK,
  pruned: HotkeyState.PRUNED,
  unregistered: HotkeyState.UNREGISTERED,
} as const;

function standingToWire(standing: HotkeyStanding): MessageInitShape<typeof GetHotkeyStandingResponseSchema> {
  const { best, uid, registeredAt, lastUpdate, permit, axon, forecast } = standing;
  return {
    block: BigInt(best),
    ...(uid === undefined ? {} : { uid }),
    ...(registeredAt === undefined ? {} : { registeredAtBlock: BigInt(registeredAt) }),
    ...(lastUpdate === undefined ? {} : { lastUpdateBlock: BigInt(lastUpdate) }),
    ...(permit === undefined ? {} : { validatorPermit: permit }),
    ...(axon === undefined ? {} : { endpoint: endpointText(axon), endpointBlock: BigInt(axon.block) }),
    ...(forecast === undefined ? {} : { forecast: forecastToWire(forecast) }),
  };
}

function forecastToWire({
  immuneBlocks,
  rank,
  free,
  registrationsLeft,
  ...rest
}: NonNullable<HotkeyStanding['forecast']>) {
  return {
    ...rest,
    immuneBlocks: BigInt(immuneBlocks),
    ...(rank === undefined ? {} : { rank }),
    ...(free === undefined ? {} : { free }),
    ...(registrationsLeft === undefined ? {} : { registrationsLeft }),
  };
}

function endpointText({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return ip.includes(':') ? `[${ip}]:${String(port)}` : `${ip}:${String(port)}`;
}

function by({ clock }: Parts, what: keyof typeof STALE_MS): number {
  return clock.nowMs() + STALE_MS[what];
}
