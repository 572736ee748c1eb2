import { create } from '@bufbuild/protobuf';
import { CountOrPercentSchema, RetryPolicySchema, UpdatePolicySchema } from '../gen/headframe/v1/miner_pb.js';
import type {
  CountOrPercent as WireCountOrPercent,
  RetryPolicy as WireRetryPolicy,
  UpdatePolicy as WireUpdatePolicy,
} from '../gen/headframe/v1/miner_pb.js';
import type { PlainMapping } from '../model/manifest/index.js';
import type { CountOrPercent, RetryPolicy, UpdatePolicy } from '../model/rollout.js';

/** Puts an update policy on the wire. */
export function updateToWire({ maxUnavailable, maxSurge, ...rest }: UpdatePolicy): WireUpdatePolicy {
  return create(UpdatePolicySchema, {
    ...rest,
    maxUnavailable: countOrPercentToWire(maxUnavailable),
    maxSurge: countOrPercentToWire(maxSurge),
  });
}

/** Puts a retry policy on the wire. */
export function retryToWire(retry: RetryPolicy): WireRetryPolicy {
  return create(RetryPolicySchema, retry);
}

/** An update policy from the wire in the user's form, unchecked. */
export function updateManifest(update: WireUpdatePolicy): PlainMapping {
  return {
    maxUnavailable: update.maxUnavailable && countOrPercentOf(update.maxUnavailable),
    maxSurge: update.maxSurge && countOrPercentOf(update.maxSurge),
    minHealthy: milliseconds(update.minHealthyMs),
    progressDeadline: milliseconds(update.progressDeadlineMs),
    autoRollback: update.autoRollback,
  };
}

/** A retry policy from the wire in the user's form, unchecked. */
export function retryManifest({ maxFailures, windowMs }: WireRetryPolicy): PlainMapping {
  return { maxFailures, window: milliseconds(windowMs) };
}

function countOrPercentToWire({ kind, value }: CountOrPercent): WireCountOrPercent {
  return create(CountOrPercentSchema, { amount: { case: kind, value } });
}

function countOrPercentOf({ amount }: WireCountOrPercent): string | number | undefined {
  return amount.case === 'percent' ? `${String(amount.value)}%` : amount.value;
}

function milliseconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${String(value)}ms`;
}
