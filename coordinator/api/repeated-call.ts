import type { ChainCall, CallEffect, IntentRecord } from '../../common/model/intent.js';
import type { PayOptions } from '../../common/gen/headframe/v1/intent_pb.js';
import type { FleetReader } from '../fleet/port.js';

/** What is asked for, as far as it tells a repetition from another call. */
interface Asked {
  readonly kind: keyof typeof METHODS;
  readonly network: string;
  readonly netuid?: number;
  /** SS58. */
  readonly hotkey: string;
}

/** A call that was asked for before. */
interface RepeatedCall {
  readonly call: ChainCall;
  readonly effect: CallEffect | undefined;
  readonly amount: bigint;
}

const METHODS = {
  create_subnet: ['registerNetwork'],
  register: ['registerLimit', 'burnedRegister'],
  serve: ['serveAxon'],
  set_weights: ['setWeights', 'commitWeights'],
} as const;

/**
 * The call of an intent that was asked for under the same key: a caller whose answer was lost is told of that, and not of what
 * the chain, which has changed by it, says now. Undefined where there is none, or another.
 */
export function repeatOf(
  fleet: Pick<FleetReader, 'intents'>,
  { key }: Pick<PayOptions, 'key'>,
  asked: Asked,
): RepeatedCall | undefined {
  if (key === '') return undefined;
  for (const intent of fleet.intents()) {
    if (intent.key !== key || intent.network !== asked.network || !isAlike(intent, asked)) continue;
    return { call: intent.call, effect: intent.effect, amount: BigInt(intent.amount) };
  }
  return undefined;
}

function isAlike({ call: { method, args }, signer }: IntentRecord, { kind, netuid, hotkey }: Asked): boolean {
  const methods: readonly string[] = METHODS[kind];
  const isThere = netuid === undefined || args[0] === netuid;
  return methods.includes(method) && isThere && (signer === hotkey || args.includes(hotkey));
}
