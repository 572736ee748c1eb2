import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Why } from '../../common/model/event.js';
import type { HostRecord } from '../../common/model/host.js';
import { isEnded } from '../../common/model/instance.js';
import { priorityOf } from '../../common/model/miner.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import { TurnBudget } from '../../common/model/turn-budget.js';
import type { TurnShare } from '../../common/model/turn-budget.js';
import type { Logger } from '../../common/observe/logger.js';
import { isLastWord } from '../last-word.js';
import type { FleetPort } from '../fleet/port.js';
import { instancesIn, minersIn } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { DocumentTable, StoreChange, StoreCommit } from '../store/store.js';
import { isGone } from './census.js';
import type { MinerKinds } from './change-miner.js';
import { makeDecision } from './decide.js';
import { batchesOf, executeSteps } from './execute.js';
import { MinerRounds } from './miner-rounds.js';
import { planRollout } from './plan.js';
import type { RolloutPlan } from './plan.js';
import { Settling } from './settling.js';
import type { StepWhy } from './step.js';
import { Wakeups } from './wakeups.js';

/** What the loop needs. */
export interface RolloutParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves what an automatic rollback goes back to. */
  readonly kinds: MinerKinds;
  /** Throws `HeadframeError` for what the policy no longer grants; without it an automatic rollback goes back to anything. */
  readonly judge?: (spec: MinerSpec) => void;
  /** Why an instance is to be moved to another host, make-before-break unless it holds an identity; none when left out. */
  readonly moving?: (serial: number) => StepWhy | undefined;
  /** Lets other work run between slices: resolves in a later turn of the event loop. */
  readonly yieldTurn: () => Promise<void>;
}

/** Of planning and creating: few enough milliseconds that heartbeats do not wait. */
const TURN_SHARE: TurnShare = { leastMs: 5, mostMs: 15, share: 0.5 };
/** Instances changed in one transaction. */
const BATCH_SIZE = 2000;
/** Pause after a failure that nobody foresaw, before the miner is looked at again. */
const MISHAP_PAUSE_MS = 5000;
/** Decisions made of a miner in one pass: one of each kind there is, and one to spare. */
const MOST_DECISIONS = 6;

/**
 * Makes the instances of each miner follow its record.
 *
 * Invariants: one pass at a time; a pass plans one miner and takes the plan's steps, in slices of a few milliseconds; of what is
 * marked, higher priorities come first; a miner is looked at again when something changed that could matter to it, and at
 * the time its plan names.
 */
export class RolloutLoop {
  readonly #parts: RolloutParts;
  readonly #wakeups: Wakeups;
  readonly #settling: Settling;
  readonly #dirty = new Set<string>();
  /** Miners that care how far their instances have come. */
  readonly #unfinished = new Set<string>();
  readonly #whys = new Map<string, Why>();
  /** How far rollouts are that replace instances. */
  readonly #progress = new Map<string, RolloutPlan['progress']>();
  /** What of each host's state matters here, as last seen. */
  readonly #hosts = new Map<string, string>();
  #passing = false;
  readonly #rounds = new MinerRounds((name) => priorityOf(this.#parts.fleet.miner(name)));
  #poke: () => void = () => undefined;
  readonly #budget: TurnBudget;
  /** The miner that a decision is being made of: its record's change tells nothing new. */
  #deciding = '';
  readonly #bornMs: number;

  constructor(parts: RolloutParts) {
    this.#parts = parts;
    this.#wakeups = new Wakeups(parts.clock, (name) => this.#mark(name));
    this.#settling = new Settling(parts.fleet, parts.clock, (name) => this.#mark(name));
    this.#bornMs = parts.clock.monotonicMs();
    this.#budget = new TurnBudget(parts.clock, TURN_SHARE);
  }

  /** Whether nothing is left to plan or to take, for now. */
  get idle(): boolean {
    return !this.#passing && this.#dirty.size === 0;
  }

  /** Why instances of a miner are missing though they are wanted; undefined when none is held back. */
  whyOf(miner: string): Why | undefined {
    return this.#whys.get(miner);
  }

  /** How many instances run the present revision, and how many of those count as available. */
  progressOf(miner: string): RolloutPlan['progress'] {
    const known = this.#progress.get(miner);
    if (known !== undefined) return known;
    const { pending, assigned, preparing, starting, running, healthy } = this.#parts.fleet.countsOf(miner);
    return { updated: pending + assigned + preparing + starting + running, available: healthy };
  }

  /** Plans a miner again though none of its records changed, as when `moving` answers differently. */
  lookAgain(miner: string): void {
    if (this.#parts.fleet.miner(miner) !== undefined) this.#mark(miner);
  }

  /** Looks at every miner, then follows the fleet's changes; resolves once the signal is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    const { fleet } = this.#parts;
    const unsubscribe = fleet.onApplied((commit) => this.#onApplied(commit));
    for (const host of fleet.hosts()) this.#hosts.set(host.id, hostMark(host));
    for (const { spec } of fleet.miners()) this.#mark(spec.name);
    while (!signal.aborted) {
      if (this.#dirty.size === 0) await this.#poked(signal);
      else await this.#run(signal);
    }
    unsubscribe();
    this.#wakeups.close();
    this.#settling.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#passing = true;
    this.#budget.begin();
    // The scheduler may take its turn between two miners, and places what is there by then.
    for (const name of this.#rounds.round(this.#dirty)) {
      this.#dirty.delete(name);
      await this.#pass(name, signal);
      await this.#breathe();
      if (signal.aborted) break;
    }
    this.#passing = false;
  }

  async #pass(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#follow(name, signal);
    } catch (cause) {
      // The fleet and the lease tell of it themselves, and the coordinator ends.
      if (cause instanceof HeadframeError && isLastWord(cause)) return;
      this.#parts.logger.error({ err: cause, miner: name }, 'the rollout of a miner failed; it is tried again');
      this.#wakeups.set(name, this.#parts.clock.nowMs() + MISHAP_PAUSE_MS);
    }
  }

  async #follow(name: string, signal: AbortSignal): Promise<void> {
    const { fleet } = this.#parts;
    const found = this.#decide(name);
    if (found === undefined) return;
    const { miner, plan } = found;
    this.#note(name, miner, plan);
    for (const steps of batchesOf(plan.steps, BATCH_SIZE)) {
      if (!fleet.transact((tx) => executeSteps(tx, miner, steps)).value) return;
      await this.#breathe();
      if (signal.aborted) return;
    }
    // Creating changes nothing for the plan; after anything else there may be more to do.
    if (plan.steps.some(({ kind }) => kind !== 'create') && fleet.miner(name) !== undefined) this.#mark(name);
  }

  /** Plans a miner, after all that is to be decided of it first. */
  #decide(name: string): { miner: MinerRecord; plan: RolloutPlan } | undefined {
    const { fleet, kinds, judge } = this.#parts;
    for (let left = MOST_DECISIONS; ; left--) {
      const miner = fleet.miner(name);
      // Of a lease nothing is replaced, moved or taken for lost: coordinator/kinds/lease follows it.
      if (miner === undefined || miner.spec.kind === 'lease') return undefined;
      const plan = this.#plan(miner);
      const { decision } = plan;
      if (decision === undefined) return { miner, plan };
      if (left === 0) throw new Error(`decisions of miner ${name} have no end; the next is ${decision.kind}`);
      this.#deciding = name;
      try {
        fleet.transact((tx) => makeDecision(tx, miner, decision, { kinds, judge }));
      } finally {
        this.#deciding = '';
      }
    }
  }

  #plan(miner: MinerRecord): RolloutPlan {
    const { fleet, clock, moving } = this.#parts;
    return planRollout({
      nowMs: clock.nowMs(),
      watchedMs: clock.monotonicMs() - this.#bornMs,
      miner,
      instances: fleet.instancesOf(miner.spec.name),
      workload: (id) => fleet.workload(id),
      host: (id) => fleet.host(id),
      ...(moving === undefined ? {} : { moving }),
    });
  }

  /** Keeps what a plan says beside its steps. */
  #note(name: string, { spec }: MinerRecord, plan: RolloutPlan): void {
    const { unfinished, why, settlesAt } = plan;
    if (unfinished) this.#unfinished.add(name);
    else this.#unfinished.delete(name);
    setOrDelete(this.#whys, name, why);
    setOrDelete(this.#progress, name, unfinished ? plan.progress : undefined);
    this.#wakeups.set(name, plan.wakeAtMs);
    const forMs = spec.update.minHealthyMs;
    this.#settling.await(name, settlesAt === undefined ? undefined : { healthy: settlesAt, forMs });
  }

  async #breathe(): Promise<void> {
    if (!this.#budget.isSpent) return;
    await this.#parts.yieldTurn();
    this.#budget.begin();
  }

  #mark(name: string): void {
    if (!this.#dirty.has(name)) this.#rounds.note(name);
    this.#dirty.add(name);
    this.#poke();
  }

  #poked(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#poke = () => {
        signal.removeEventListener('abort', this.#poke);
        this.#poke = () => undefined;
        resolve();
      };
      signal.addEventListener('abort', this.#poke, { once: true });
    });
  }

  #onApplied(commit: StoreCommit): void {
    let settling: Set<string> | undefined;
    for (const change of commit.changes) {
      this.#onChange(change);
      for (const miner of minersIn(change))
        if (this.#settling.has(miner)) settling = (settling ?? new Set()).add(miner);
    }
    for (const name of settling ?? []) this.#settling.look(name);
  }

  #onChange(change: StoreChange): void {
    if (!('table' in change)) {
      this.#onInstances(change);
      return;
    }
    if (change.table === 'host') this.#onHost(change.key);
    if (change.table !== 'miner') return;
    if (change.kind === 'documentRemoved') this.#forget(change.key);
    else if (change.key !== this.#deciding) this.#mark(change.key);
  }

  #onInstances(change: Exclude<StoreChange, { readonly table: DocumentTable }>): void {
    if (change.kind === 'instances' && isGoingOn(change.rows)) {
      for (const miner of minersIn(change)) if (this.#unfinished.has(miner)) this.#mark(miner);
      return;
    }
    for (const { state, miner } of instancesIn(change))
      if (isEnded(state) || state === 'stopping' || this.#unfinished.has(miner)) this.#mark(miner);
  }

  #onHost(id: string): void {
    const { fleet } = this.#parts;
    const host = fleet.host(id);
    const mark = hostMark(host);
    if (this.#hosts.get(id) === mark) return;
    if (host === undefined) this.#hosts.delete(id);
    else this.#hosts.set(id, mark);
    for (const { miner } of fleet.instancesOn(id)) this.#mark(miner);
  }

  #forget(name: string): void {
    this.#dirty.delete(name);
    this.#unfinished.delete(name);
    this.#whys.delete(name);
    this.#progress.delete(name);
    this.#wakeups.set(name, undefined);
    this.#settling.await(name, undefined);
  }
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** Whether all rows only came further, which matters to few; saves making a record of each. */
function isGoingOn({ like, columns }: InstanceRows): boolean {
  return columns.state === undefined && !isEnded(like.state) && like.state !== 'stopping';
}

function hostMark(host: HostRecord | undefined): string {
  // One that is lost may keep what one that is removed has lost.
  const presence = host === undefined ? 'removed' : isGone(host) ? 'gone' : 'here';
  return `${presence} ${host?.draining === true ? 'draining' : 'staying'}`;
}
