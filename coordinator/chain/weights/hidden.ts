import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import { weightCommitKey } from '../../../common/model/weight-commit.js';
import type { WeightCommitPlace, WeightCommitRecord } from '../../../common/model/weight-commit.js';
import type { SecretPlace } from '../../security/secrets/index.js';
import type { HiddenWeights } from '../registration/index.js';

const numbers = z.array(z.number().int().min(0).max(65_535)).readonly();
const hiddenSchema = z.object({
  weights: z.object({ uids: numbers, values: numbers }),
  salt: numbers,
  versionKey: z.string().transform(BigInt),
});

/** What is hidden as bytes to be sealed. */
export function hiddenToBytes({ versionKey, ...hidden }: HiddenWeights): Uint8Array {
  return Buffer.from(JSON.stringify({ ...hidden, versionKey: versionKey.toString() }));
}

/** Reads what `hiddenToBytes` wrote. */
export function hiddenOf(bytes: Uint8Array): HiddenWeights {
  return hiddenSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
}

/** What it is sealed for; no namespace has such a name. */
export function sealedPlace(record: WeightCommitPlace & Pick<WeightCommitRecord, 'id'>): SecretPlace {
  return { namespace: ':weights', name: weightCommitKey(record), version: 1, valueId: record.id };
}

/** Committed weights that are neither revealed nor given up: others are committed once they are. */
export function commitOpen(
  { network, netuid, hash }: WeightCommitRecord,
  window: { readonly from: number; readonly until: number } | undefined,
): HeadframeError {
  const when = window === undefined ? '' : ` in blocks ${String(window.from)} to ${String(window.until)}`;
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'weights_commit_open',
    message: `weights are committed in subnet ${String(netuid)} of ${network} already, and revealed by themselves${when}`,
    remedy: 'Set others once that is done: headframe hotkeys show tells.',
    metadata: {
      ...{ network, netuid: String(netuid), hash, class: 'wait_block' },
      ...(window === undefined ? {} : { ask_at_block: String(window.until + 1) }),
    },
  });
}
