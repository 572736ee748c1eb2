import type { IntentFailure, IntentRecord } from '../../../common/model/intent.js';
import type { Ledger } from './ports.js';
import { retryClass } from './retry-class.js';

/** What a call's error means here, and from which block on it is worth asking again where that can be computed. */
export async function failureOf(
  error: string,
  intent: Pick<IntentRecord, 'call' | 'signer'>,
  ledger: Ledger,
  block: number,
): Promise<IntentFailure> {
  const { wait, ...advice } = retryClass(error, ledger.customErrors);
  if (wait === undefined) return { error, ...advice };
  return { error, ...advice, askAtBlock: await ledger.blockToAsk(wait, intent, block) };
}
