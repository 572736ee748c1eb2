import { HeadframeError } from '../../../../common/model/error.js';
import { didYouMean } from '../../../../common/model/schema/index.js';
import type { StakePolicyRecord, StakePolicySpec } from '../../../../common/model/stake-policy.js';
import type { FleetReader, Transaction } from '../../../fleet/port.js';

/** Each is a look at a chain every minute. */
const MOST_POLICIES = 500;

/**
 * Sets a policy, new or in the place of that of its name, whose rounds go on: no call is paid twice by setting it again. Throws
 * `HeadframeError`: already_exists ('stake_policy_overlaps') where another policy has the same stake, resource_exhausted
 * ('too_many_stake_policies').
 */
export function setStakePolicy(tx: Transaction, spec: StakePolicySpec): StakePolicyRecord {
  const before = tx.stakePolicy(spec.name);
  const others = [...tx.stakePolicies()].filter((one) => one !== before);
  const overlap = others.find((one) => placeOf(one.spec) === placeOf(spec));
  if (overlap !== undefined) throw policyOverlaps(spec, overlap.spec.name);
  if (others.length >= MOST_POLICIES) throw tooManyPolicies();
  const record = before === undefined ? fresh(spec, tx.atMs) : renewed(before, spec, tx.atMs);
  tx.putStakePolicy(record);
  const text = `Stake policy ${spec.name}: ${spec.hotkey} in subnet ${String(spec.netuid)} of ${spec.network}.`;
  tx.event({ subject: 'fleet', id: '', reason: 'stake_policy_set', text });
  return record;
}

/** Removes a policy; a call that is under way goes on. Throws `HeadframeError` (not_found, 'stake_policy_not_found'). */
export function removeStakePolicy(tx: Transaction, name: string): void {
  findStakePolicy(tx, name);
  tx.removeStakePolicy(name);
  tx.event({ subject: 'fleet', id: '', reason: 'stake_policy_removed', text: `Stake policy ${name}.` });
}

/** Throws `HeadframeError` (not_found, 'stake_policy_not_found'). */
export function findStakePolicy(
  fleet: Pick<FleetReader, 'stakePolicy' | 'stakePolicies'>,
  name: string,
): StakePolicyRecord {
  const found = fleet.stakePolicy(name);
  if (found !== undefined) return found;
  const meant = didYouMean(
    name,
    [...fleet.stakePolicies()].map(({ spec }) => spec.name),
  );
  const list = 'headframe stake policy ls shows all.';
  throw new HeadframeError({
    code: 'not_found',
    reason: 'stake_policy_not_found',
    message: `there is no stake policy ${name.slice(0, 80)}`,
    remedy: meant === undefined ? list : `Did you mean ${meant}? ${list}`,
    metadata: { policy: name.slice(0, 80) },
  });
}

function fresh(spec: StakePolicySpec, atMs: number): StakePolicyRecord {
  return { spec, rounds: 0, wasRegistered: false, createdAtMs: atMs, updatedAtMs: atMs };
}

function renewed(before: StakePolicyRecord, spec: StakePolicySpec, atMs: number): StakePolicyRecord {
  const last = before.last && { ...before.last, forgiven: true };
  const kept = { ...before, spec, last, updatedAtMs: atMs };
  // What was seen of another hotkey says nothing of this one.
  return placeOf(before.spec) === placeOf(spec)
    ? kept
    : { ...kept, wasRegistered: false, registeredBlock: undefined, darkSinceMs: undefined, banded: undefined };
}

/** Whose stake, where: two policies of one would undo each other's work. */
function placeOf({ network, wallet, hotkey, netuid }: StakePolicySpec): string {
  return `${network} ${wallet} ${hotkey} ${String(netuid)}`;
}

function policyOverlaps({ name }: StakePolicySpec, other: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'stake_policy_overlaps',
    message: `the stake policy ${other} has the same stake as ${name}`,
    remedy: `Set that one anew, or remove it: headframe stake policy rm ${other}.`,
    violations: [{ path: 'hotkey', expected: 'stake that no other policy has' }],
    metadata: { policy: other },
  });
}

function tooManyPolicies(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_stake_policies',
    message: `there are ${String(MOST_POLICIES)} stake policies already`,
    remedy: 'Remove those that nobody needs: headframe stake policy rm.',
  });
}
