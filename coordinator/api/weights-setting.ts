import { create } from '@bufbuild/protobuf';
import { WeightsCommitSchema, WeightsCommitState } from '../../common/gen/headframe/v1/registration_service_pb.js';
import type { RegistrationService, WeightsCommit } from '../../common/gen/headframe/v1/registration_service_pb.js';
import type { PayOptions } from '../../common/gen/headframe/v1/intent_pb.js';
import type { WeightCommitRecord } from '../../common/model/weight-commit.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { hiddenWeightsCall, planWeights } from '../chain/registration/index.js';
import { secretsNeedTls } from '../security/secrets/index.js';
import { payFor } from './paying.js';
import type { PaidCall } from './paying.js';
import type { HandlerParts } from './parts.js';
import { hotkeyOf, requireOwn, scoresOf, signedIn } from './registration-wishes.js';
import { repeatOf } from './repeated-call.js';

type Service = ServiceImplementation<typeof RegistrationService>;
type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'wallets' | 'payer' | 'weightCommits' | 'newId' | 'clock'>;
type Hidden = NonNullable<Awaited<ReturnType<typeof planWeights>>['hidden']>;

/** After which weights are not begun to be set that go by what was read before. */
const STALE_MS = 600_000;

/** Sets weights, or commits them where the subnet hides them at first. */
export function weightsHandler(parts: Parts): Service['setWeights'] {
  return async ({ network, netuid, scores, versionKey, ...asked }) => {
    const hotkey = requireOwn(hotkeyOf(parts, asked.hotkey));
    const pay = signedIn(asked.pay, hotkey.wallet);
    const place = { network, netuid, hotkey: hotkey.address };
    const about = { network, hotkey: hotkey.name, giveUpAtMs: parts.clock.nowMs() + STALE_MS };
    const whose = `weights of ${hotkey.text} in subnet ${String(netuid)}`;
    const repeat = repeatOf(parts.fleet, pay, { kind: 'set_weights', ...place });
    if (repeat !== undefined)
      return { paid: await payFor(parts, pay, { ...about, ...repeat, purpose: `Set ${whose}` }) };
    const wish = { scores: scoresOf(scores), versionKey };
    const { weights, hidden, ...call } = await planWeights(parts.networks.find(network), place, wish);
    const sent = weights.uids.map((uid, at) => ({ uid, value: weights.values[at] ?? 0 }));
    if (hidden === undefined)
      return { paid: await payFor(parts, pay, { ...about, ...call, purpose: `Set ${whose}` }), weights: sent };
    const commit = { ...about, ...call, purpose: `Commit ${whose}` };
    return { ...(await committed(parts, pay, commit, { netuid, address: hotkey.address, hidden })), weights: sent };
  };
}

interface ToHide {
  readonly netuid: number;
  /** SS58. */
  readonly address: string;
  readonly hidden: Hidden;
}

/** Has weights committed that are kept first, so that nothing is committed which nobody could reveal. */
async function committed(
  parts: Parts,
  asked: PayOptions,
  call: PaidCall & { readonly hotkey: string; readonly giveUpAtMs: number },
  { netuid, address, hidden: { hash, window, ...hidden } }: ToHide,
) {
  const { weightCommits: commits } = parts;
  if (commits === undefined) throw secretsNeedTls();
  const { network, hotkey, giveUpAtMs } = call;
  const pay = { ...asked, key: asked.key === '' ? parts.newId() : asked.key };
  commits.requireNone({ network, netuid, address }, pay.key);
  if (pay.dryRun)
    return { paid: await payFor(parts, pay, call), commit: create(WeightsCommitSchema, windowToWire(window)) };
  const { key, wallet } = pay;
  const kept = await commits.keep({ network, netuid, address, wallet, hotkey, key, hash, hidden, giveUpAtMs });
  try {
    const operation = { kind: 'commit_weights', netuid, hash: kept.hash } as const;
    const paid = await payFor(parts, pay, { ...call, ...hiddenWeightsCall(parts.networks.find(network), operation) });
    return { paid, commit: commitView(parts, kept, window) };
  } catch (refusal) {
    // Who is refused wants nothing of it later.
    await commits.drop(kept);
    throw refusal;
  }
}

const STATES = {
  revealed: WeightsCommitState.REVEALED,
  expired: WeightsCommitState.EXPIRED,
  failed: WeightsCommitState.FAILED,
} as const;

/** Committed weights as clients see them, revealed in the blocks that were computed last, or else in those that are expected. */
export function commitView(
  { weightCommits }: Pick<Parts, 'weightCommits'>,
  record: WeightCommitRecord,
  expected?: Hidden['window'],
): WeightsCommit {
  const { hash, end, committedAt } = record;
  const standing = weightCommits?.standingOf(record);
  const told = end === undefined ? standing : { reason: `weights_${end.state}`, text: end.text };
  const window = standing?.window ?? expected;
  return create(WeightsCommitSchema, {
    hash,
    state: end === undefined ? WeightsCommitState.OPEN : STATES[end.state],
    ...(told === undefined ? {} : { reason: told.reason, text: told.text }),
    ...(committedAt === undefined ? {} : { committedAtBlock: BigInt(committedAt) }),
    ...(window === undefined ? {} : windowToWire(window)),
  });
}

function windowToWire({ from, until }: Hidden['window']) {
  return { revealFromBlock: BigInt(from), revealUntilBlock: BigInt(until) };
}
