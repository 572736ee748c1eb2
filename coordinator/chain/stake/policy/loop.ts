import type { Clock } from '../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { StakePolicyRecord } from '../../../../common/model/stake-policy.js';
import type { StakeReason } from '../../../../common/model/stake-reasons.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { FleetPort } from '../../../fleet/port.js';
import type { StoreCommit } from '../../../store/store.js';
import type { Payer } from '../../extrinsics/index.js';
import type { PreparedStake } from '../prepare.js';
import type { PolicyEyes } from './eyes.js';
import { withBand } from './band.js';
import { isDark, promisedBy } from './observe-policy.js';
import { planStake } from './plan.js';
import type { PolicyObserved, PolicyStep } from './plan.js';
import { alignPriorities } from './priorities.js';
import { afterRound, roundKey, withSeen } from './rounds.js';

/** What the loop works with. */
export interface StakePoliciesParts {
  readonly fleet: FleetPort;
  readonly eyes: PolicyEyes;
  readonly payer: Pick<Payer, 'pay'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Why a policy stands as it does, and what it was judged by. */
export interface PolicyStanding {
  readonly reason: StakeReason;
  readonly text: string;
  /** Undefined where the chain could not be read. */
  readonly observed?: PolicyObserved;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** What would be done for a policy now. */
export interface PolicyPlan extends PolicyStanding {
  readonly prepared?: PreparedStake;
}

/** Chains are looked at so often. */
const PERIOD_MS = 60_000;
/** Changes of records come in swarms. */
const GATHER_MS = 250;

/**
 * Has stakes follow their policies.
 *
 * Invariants: one look at a time for each network; one call at a time for each policy, under a key of its round, so that a crash at
 * any point finds the call again and never pays a second; a round is over durably before the next is decided, and that upon a block
 * not older than the one that holds the last call; whoever cannot be judged is left as it is, with its why.
 */
export class StakePolicies {
  readonly #parts: StakePoliciesParts;
  readonly #standings = new Map<string, PolicyStanding>();
  /** The newest block that was seen for each policy: what is behind it tells nothing of a stake now. */
  readonly #newest = new Map<string, number>();
  #poke: () => void = () => undefined;

  constructor(parts: StakePoliciesParts) {
    this.#parts = parts;
  }

  /** How a policy stood when it was last looked at; undefined before that. */
  standingOf(name: string): PolicyStanding | undefined {
    return this.#standings.get(name);
  }

  /** Looks at all policies each period, and when a policy or a call changes, until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, fleet } = this.#parts;
    const ended = (): boolean => signal.aborted;
    const letGo = fleet.onApplied((commit) => {
      if (concerns(commit)) this.#poke();
    });
    while (!ended()) {
      const nap = new AbortController();
      this.#poke = () => {
        nap.abort();
      };
      await this.#lookAround(ended);
      await clock.sleep(PERIOD_MS, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
      if (!ended() && nap.signal.aborted) await clock.sleep(GATHER_MS, signal).catch(() => undefined);
    }
    letGo();
  }

  /** What would be done for a policy now; nothing is written or sent. Throws what reading from a chain throws. */
  async plan(record: StakePolicyRecord): Promise<PolicyPlan> {
    const observed = await this.#observe(record);
    return this.#judged(record, observed, planStake(record, observed));
  }

  async #lookAround(ended: () => boolean): Promise<void> {
    const byNetwork = new Map<string, StakePolicyRecord[]>();
    for (const record of this.#parts.fleet.stakePolicies())
      byNetwork.set(record.spec.network, [...(byNetwork.get(record.spec.network) ?? []), record]);
    // A slow chain holds up its own policies alone.
    await Promise.all(
      [...byNetwork.values()].map(async (records) => {
        for (const { spec } of records) if (!ended()) await this.#look(spec.name);
      }),
    );
    for (const name of this.#standings.keys())
      if (this.#parts.fleet.stakePolicy(name) === undefined) {
        this.#standings.delete(name);
        this.#newest.delete(name);
      }
    if (!ended()) await alignPriorities(this.#parts.fleet);
  }

  async #look(name: string): Promise<void> {
    const { clock, logger } = this.#parts;
    const record = await this.#settle(name);
    if (record === undefined) return;
    try {
      const standing = await this.#act(record);
      this.#standings.set(name, standing);
    } catch (thrown) {
      const refusal = toHeadframeError(thrown);
      this.#standings.set(name, { reason: 'stake_refused', text: refusal.message, atMs: clock.nowMs() });
      if (refusal.reason === 'unforeseen')
        logger.error({ policy: name, err: thrown }, 'a look at a stake policy failed');
    }
  }

  /** Ends the round whose call has ended, durably. */
  async #settle(name: string): Promise<StakePolicyRecord | undefined> {
    const { fleet } = this.#parts;
    const { value, durable } = fleet.transact((tx) => {
      const record = tx.stakePolicy(name);
      const intent = record && callOf(tx, record);
      const after = record && intent && afterRound(record, intent);
      if (after !== undefined) tx.putStakePolicy(after);
      return after ?? record;
    });
    await durable;
    return value;
  }

  async #act(record: StakePolicyRecord): Promise<PolicyStanding> {
    const { fleet, payer } = this.#parts;
    const observed = await this.#observe(record);
    const seen = this.#see(record, observed);
    const { prepared, ...standing } = await this.#judged(seen, observed, planStake(seen, observed));
    // Whoever set it anew meanwhile wants something else.
    if (prepared === undefined || fleet.stakePolicy(seen.spec.name) !== seen) return standing;
    const { network, wallet } = seen.spec;
    const { call, spends: amount } = prepared;
    const purpose = `Stake policy ${seen.spec.name} (${standing.reason}): ${standing.text}`;
    await payer.pay({ key: roundKey(seen), network, wallet, call, amount, purpose });
    return standing;
  }

  /** Keeps what was seen of the hotkey and its stake. */
  #see(record: StakePolicyRecord, observed: PolicyObserved): StakePolicyRecord {
    const { fleet } = this.#parts;
    const { name, hotkey } = record.spec;
    const { registered, block } = observed;
    const dark = isDark(fleet, hotkey);
    const newest = Math.max(block, this.#newest.get(name) ?? 0);
    this.#newest.set(name, newest);
    return fleet.transact((tx) => {
      const before = tx.stakePolicy(name);
      if (before !== record) return record;
      const seen = withSeen(record, { registered, block, dark, nowMs: tx.atMs });
      const after = withBand(seen, observed, newest);
      if (after !== record) tx.putStakePolicy(after);
      return after;
    }).value;
  }

  async #observe(record: StakePolicyRecord): Promise<PolicyObserved> {
    const { fleet, eyes, clock } = this.#parts;
    const { network, wallet } = record.spec;
    const before = promisedBy(fleet, network, wallet);
    const read = await eyes.state(record);
    const open = callOf(fleet, record)?.id;
    // A call may have ended meanwhile that the block does not have yet.
    const after = promisedBy(fleet, network, wallet);
    const promised = after > before ? after : before;
    const free = read.free > promised ? read.free - promised : 0n;
    return { ...read, free, open, nowMs: clock.nowMs() };
  }

  /** Whether what is planned is possible; what is not is its why. */
  async #judged(record: StakePolicyRecord, observed: PolicyObserved, step: PolicyStep): Promise<PolicyPlan> {
    const { reason, text, operation } = step;
    const standing = { reason, text, observed, atMs: observed.nowMs };
    if (operation === undefined) return standing;
    const prepared = await this.#parts.eyes.prepare(record, operation);
    return { ...standing, prepared };
  }
}

function callOf(fleet: Pick<FleetPort, 'intents'>, record: StakePolicyRecord) {
  const key = roundKey(record);
  for (const intent of fleet.intents()) if (intent.key === key && intent.network === record.spec.network) return intent;
  return undefined;
}

function concerns({ changes }: StoreCommit): boolean {
  return changes.some((change) => 'table' in change && (change.table === 'stakePolicy' || change.table === 'intent'));
}
