import type { CallEffect, ChainCall } from '../../../common/model/intent.js';
import type { Capabilities } from '../port.js';
import { addressOf } from './endpoint-address.js';
import type { RegistrationOperation } from './operation.js';
import { notOnThisChain } from './refusals.js';

/** What of a chain decides how an operation is said. */
export type RegistrationCapabilities = Pick<
  Capabilities,
  'kind' | 'cappedRegistration' | 'subnetCreation' | 'weights' | 'commitReveal'
>;

/** An operation as the calls of a chain say it. */
export interface RegistrationCall {
  readonly call: ChainCall;
  /** Where it shows that it has been done, whoever did it; undefined where only its own extrinsic tells. */
  readonly effect: CallEffect | undefined;
}

const PALLET = 'subtensorModule';
/** The only mechanism that a subnet of its own token can have: https://github.com/opentensor/subtensor, `MechanismDoesNotExist`. */
const DYNAMIC_MECHANISM = 1;
/** What Bittensor's own miners say: https://github.com/opentensor/bittensor, `Axon.info`. */
const AXON_PROTOCOL = 4;

/**
 * The call that does it on a chain of these capabilities. Throws `HeadframeError` (failed_precondition, 'chain_lacks') where
 * the chain has no such call.
 */
export function registrationCall(operation: RegistrationOperation, chain: RegistrationCapabilities): RegistrationCall {
  if (chain.kind !== 'subtensor') throw notOnThisChain(operation.kind, chain.kind);
  switch (operation.kind) {
    case 'create_subnet':
      return { call: subnetCall(operation.hotkey, chain), effect: undefined };
    case 'register':
      return registerCall(operation, chain);
    case 'serve':
      return { call: serveCall(operation), effect: undefined };
    case 'set_weights':
      return { call: weightsCall(operation, chain), effect: undefined };
    case 'commit_weights':
    case 'reveal_weights':
      return { call: hiddenWeightsCall(operation, chain), effect: undefined };
  }
}

function subnetCall(hotkey: string, { kind, subnetCreation }: RegistrationCapabilities): ChainCall {
  if (subnetCreation === undefined) throw notOnThisChain('create_subnet', kind);
  const args = subnetCreation === 'mechanism' ? [hotkey, DYNAMIC_MECHANISM] : [hotkey];
  return { pallet: PALLET, method: 'registerNetwork', args };
}

function registerCall(
  { netuid, hotkey, highest }: Extract<RegistrationOperation, { readonly kind: 'register' }>,
  { cappedRegistration }: RegistrationCapabilities,
): RegistrationCall {
  const call = cappedRegistration
    ? { pallet: PALLET, method: 'registerLimit', args: [netuid, hotkey, highest.toString()] }
    : { pallet: PALLET, method: 'burnedRegister', args: [netuid, hotkey] };
  return { call, effect: { pallet: PALLET, item: 'uids', keys: [netuid, hotkey], is: 'present' } };
}

function serveCall({
  netuid,
  endpoint,
  version,
}: Extract<RegistrationOperation, { readonly kind: 'serve' }>): ChainCall {
  const { family, value } = addressOf(endpoint.ip);
  const args = [netuid, version, value.toString(), endpoint.port, family, AXON_PROTOCOL, 0, 0];
  return { pallet: PALLET, method: 'serveAxon', args };
}

function weightsCall(
  { netuid, weights, versionKey }: Extract<RegistrationOperation, { readonly kind: 'set_weights' }>,
  chain: RegistrationCapabilities,
): ChainCall {
  if (chain.weights === undefined) throw notOnThisChain('set_weights', chain.kind);
  const args = [netuid, [...weights.uids], [...weights.values], versionKey.toString()];
  return { pallet: PALLET, method: 'setWeights', args };
}

function hiddenWeightsCall(
  operation: Extract<RegistrationOperation, { readonly kind: 'commit_weights' | 'reveal_weights' }>,
  { commitReveal, kind }: RegistrationCapabilities,
): ChainCall {
  if (!commitReveal) throw notOnThisChain(operation.kind, kind);
  const { netuid } = operation;
  if (operation.kind === 'commit_weights')
    return { pallet: PALLET, method: 'commitWeights', args: [netuid, operation.hash] };
  const { weights, salt, versionKey } = operation;
  const args = [netuid, [...weights.uids], [...weights.values], [...salt], versionKey.toString()];
  return { pallet: PALLET, method: 'revealWeights', args };
}
