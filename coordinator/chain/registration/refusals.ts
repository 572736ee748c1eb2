import { HeadframeError } from '../../../common/model/error.js';
import type { RetryClass } from '../../../common/model/intent.js';
import type { RegistrationOperation } from './operation.js';

/** Where a hotkey is, or would be, registered. */
export interface Place {
  readonly network: string;
  readonly netuid: number;
  /** SS58. */
  readonly hotkey: string;
}

const NEEDS: Readonly<Record<RegistrationOperation['kind'], string>> = {
  create_subnet: 'creation of subnets',
  register: 'registration of hotkeys',
  serve: 'endpoints of hotkeys',
  set_weights: 'weights',
  commit_weights: 'weights that are committed',
  reveal_weights: 'weights that are revealed',
};

/** What a chain of this kind does not have. */
export function notOnThisChain(operation: RegistrationOperation['kind'], kind: string): HeadframeError {
  return refusal('never', {
    code: 'failed_precondition',
    reason: 'chain_lacks',
    message: `the chain has no ${NEEDS[operation]} that Headframe knows (${kind})`,
    remedy: 'headframe networks show tells what a chain has.',
  });
}

/** A subnet that is not there. */
export function subnetNotFound({ network, netuid }: Pick<Place, 'network' | 'netuid'>): HeadframeError {
  return refusal('never', {
    code: 'not_found',
    reason: 'subnet_not_found',
    message: `the network ${network} has no subnet ${String(netuid)}`,
    remedy: `headframe networks subnets ${network} shows all.`,
    violations: [{ path: 'netuid', value: String(netuid), expected: 'the netuid of a subnet that is there' }],
    metadata: { network, netuid: String(netuid) },
  });
}

/** The root network, which has other rules. */
export function rootRefused(): HeadframeError {
  return refusal('never', {
    code: 'invalid_argument',
    reason: 'root_network',
    message: 'the root network, netuid 0, takes no registrations of miners',
    remedy: 'Name a subnet.',
    violations: [{ path: 'netuid', value: '0', expected: 'a netuid from 1 on' }],
  });
}

/** A subnet that lets nobody in. */
export function registrationClosed({ network, netuid }: Place): HeadframeError {
  return refusal('wait_poll', {
    code: 'failed_precondition',
    reason: 'registration_closed',
    message: `subnet ${String(netuid)} of ${network} takes no registrations`,
    remedy: 'Its owner closed it; ask again once a tempo, or choose another subnet.',
    metadata: { network, netuid: String(netuid) },
  });
}

/** A price beyond what was allowed. */
export function priceTooHigh(what: string, price: bigint, highest: bigint): HeadframeError {
  return refusal('requote', {
    code: 'failed_precondition',
    reason: 'price_above_highest',
    message: `${what} costs ${String(price)} planck now, and ${String(highest)} is the most that was allowed`,
    remedy: 'Wait until it costs less, or allow more: --highest-price.',
    violations: [
      { path: 'highest_price_planck', value: String(highest), expected: `at least the price, ${String(price)}` },
    ],
    metadata: { price: String(price), highest: String(highest) },
  });
}

/** A hotkey that is another coldkey's on this chain. */
export function hotkeyOfAnother({ hotkey, network }: Place, owner: string): HeadframeError {
  return refusal('never', {
    code: 'failed_precondition',
    reason: 'hotkey_of_another',
    message: `on ${network} the hotkey ${hotkey} belongs to the coldkey ${owner}`,
    remedy: 'Pay with the wallet of that coldkey, or use another hotkey.',
    violations: [{ path: 'hotkey', value: hotkey, expected: 'a hotkey of the paying coldkey, or a new one' }],
    metadata: { owner },
  });
}

/** A hotkey without a place in the subnet. */
export function notRegistered({ network, netuid, hotkey }: Place): HeadframeError {
  return refusal('pruned', {
    code: 'failed_precondition',
    reason: 'hotkey_not_registered',
    message: `the hotkey ${hotkey} is not registered in subnet ${String(netuid)} of ${network}`,
    remedy: 'Register it: headframe hotkeys register; headframe hotkeys show tells whether it once was.',
    metadata: { network, netuid: String(netuid), hotkey },
  });
}

/** What the chain's own limits refuse until a block. */
export function tooSoon(what: string, block: number, best: number): HeadframeError {
  return refusal('wait_block', {
    code: 'failed_precondition',
    reason: 'too_soon',
    message: `${what}: the chain refuses it before block ${String(block)}, and ${String(best)} is the last`,
    remedy: 'Ask again at that block; sooner is in vain.',
    metadata: { ask_at_block: String(block), best: String(best) },
  });
}

/** An endpoint that cannot be served. */
export function endpointInvalid(path: 'ip' | 'port', value: string, expected: string): HeadframeError {
  return refusal('never', {
    code: 'invalid_argument',
    reason: 'serving_invalid',
    message: `${path} should be ${expected}`,
    remedy: 'Name where other machines reach the miner: an address that is not of its own host alone, and its port.',
    violations: [{ path: `endpoint.${path}`, value: value.slice(0, 80), expected }],
  });
}

/** An endpoint that nothing answers at. */
export function endpointUnreachable(endpoint: string, why: string): HeadframeError {
  return refusal('wait_poll', {
    code: 'failed_precondition',
    reason: 'miner_unreachable',
    message: `nothing takes a connection at ${endpoint}: ${why}`,
    remedy:
      'Start the miner and open its port; where only the coordinator cannot reach it, say --no-probe, which is recorded.',
    violations: [{ path: 'endpoint', value: endpoint, expected: 'an endpoint that takes TCP connections' }],
  });
}

/** Weights that the chain would not take. */
export function weightsInvalid(
  path: string,
  value: string,
  expected: string,
  remedy = 'Correct the scores: numbers from 0 on, by uid or by the address of a hotkey that is there.',
): HeadframeError {
  return refusal('never', {
    code: 'invalid_argument',
    reason: 'weights_invalid',
    message: `${path} should be ${expected}`,
    remedy,
    violations: [{ path, value: value.slice(0, 80), expected }],
  });
}

/** A hotkey that may not judge others. */
export function noPermit({ network, netuid, hotkey }: Place): HeadframeError {
  return refusal('wait_poll', {
    code: 'failed_precondition',
    reason: 'no_validator_permit',
    message: `the hotkey ${hotkey} has no validator permit in subnet ${String(netuid)} of ${network}`,
    remedy: 'Permits are given at the end of an epoch to those with the most stake: add stake, and wait for one.',
    metadata: { network, netuid: String(netuid) },
  });
}

/** A subnet whose weights are hidden at first, by another way than that of a hash which is revealed by a second call. */
export function commitRevealWanted({ network, netuid }: Place): HeadframeError {
  return refusal('switch_path', {
    code: 'unimplemented',
    reason: 'commit_reveal_required',
    message: `subnet ${String(netuid)} of ${network} takes committed weights alone, and its chain has no commits that Headframe reveals: time locks, or epochs that the chain counts itself`,
    remedy: "Let the validator's own program commit them.",
    metadata: { network, netuid: String(netuid) },
  });
}

/** A hotkey that has committed more than the chain keeps for it. */
export function tooManyCommits({ network, netuid, hotkey }: Place, block: number): HeadframeError {
  return refusal('wait_block', {
    code: 'failed_precondition',
    reason: 'too_many_commits',
    message: `the hotkey ${hotkey} has as many unrevealed commits in subnet ${String(netuid)} of ${network} as the chain keeps, the first until block ${String(block)}`,
    remedy: 'Ask again at that block; see which other program commits weights with this hotkey.',
    metadata: { network, netuid: String(netuid), ask_at_block: String(block) },
  });
}

function refusal(
  retry: RetryClass,
  { metadata, ...facts }: ConstructorParameters<typeof HeadframeError>[0],
): HeadframeError {
  return new HeadframeError({ ...facts, metadata: { ...metadata, class: retry } });
}
