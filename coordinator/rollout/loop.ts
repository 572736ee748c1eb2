import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Why } from '../../common/model/event.js';
import type { HostRecord } from '../../common/model/host.js';
import { isEnded } from '../../common/model/instance.js';
import type { Logger } from '../../common/observe/logger.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreChange, StoreCommit } from '../store/store.js';
import { isGone } from './census.js';
import { batchesOf, executeSteps } from './execute.js';
import { planRollout } from './plan.js';
import { Wakeups } from './wakeups.js';

/** What the loop needs. */
export interface RolloutParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lets other work run between slices: resolves in a later turn of the event loop. */
  readonly yieldTurn: () => Promise<void>;
}

const SLICE_MS = 5;
/** Instances changed in one transaction. */
const BATCH_SIZE = 2000;
/** Pause after a failure that nobody foresaw, before the miner is looked at again. */
const MISHAP_PAUSE_MS = 5000;

/**
 * Makes the instances of each miner follow its record.
 *
 * Invariants: one pass at a time; a pass plans one miner and takes the plan's steps, in slices of about 5 ms; of what is
 * marked, higher priorities come first; a miner is looked at again when something changed that could matter to it, and at
 * the time its plan names.
 */
export class RolloutLoop {
  readonly #parts: RolloutParts;
  readonly #wakeups: Wakeups;
  readonly #dirty = new Set<string>();
  /** Miners that care how far their instances have come. */
  readonly #unfinished = new Set<string>();
  readonly #whys = new Map<string, Why>();
  /** What of each host's state matters here, as last seen. */
  readonly #hosts = new Map<string, string>();
  #passing = false;
  #poke: () => void = () => undefined;
  #sliceEndsMs = 0;

  constructor(parts: RolloutParts) {
    this.#parts = parts;
    this.#wakeups = new Wakeups(parts.clock, (name) => this.#mark(name));
  }

  /** Whether nothing is left to plan or to take, for now. */
  get idle(): boolean {
    return !this.#passing && this.#dirty.size === 0;
  }

  /** Why instances of a miner are missing though they are wanted; undefined when none is held back. */
  whyOf(miner: string): Why | undefined {
    return this.#whys.get(miner);
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
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#passing = true;
    this.#sliceEndsMs = this.#parts.clock.monotonicMs() + SLICE_MS;
    for (const name of this.#byPriority()) {
      this.#dirty.delete(name);
      await this.#pass(name, signal);
      await this.#breathe();
      if (signal.aborted) break;
    }
    this.#passing = false;
  }

  /** Highest first: the scheduler may take its turn between two miners, and places what is there by then. */
  #byPriority(): string[] {
    const { fleet } = this.#parts;
    const marked = [...this.#dirty].map((name) => ({ name, priority: fleet.miner(name)?.spec.priority ?? 0 }));
    return marked.sort((a, b) => b.priority - a.priority).map(({ name }) => name);
  }

  async #pass(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#follow(name, signal);
    } catch (cause) {
      // The fleet tells of its store's failure itself, and the coordinator ends.
      if (cause instanceof HeadframeError && cause.reason === 'store_failed') return;
      this.#parts.logger.error({ err: cause, miner: name }, 'the rollout of a miner failed; it is tried again');
      this.#wakeups.set(name, this.#parts.clock.nowMs() + MISHAP_PAUSE_MS);
    }
  }

  async #follow(name: string, signal: AbortSignal): Promise<void> {
    const { fleet, clock } = this.#parts;
    const miner = fleet.miner(name);
    if (miner === undefined) return;
    const plan = planRollout({
      nowMs: clock.nowMs(),
      miner,
      instances: fleet.instancesOf(name),
      workload: (id) => fleet.workload(id),
      host: (id) => fleet.host(id),
    });
    if (plan.unfinished) this.#unfinished.add(name);
    else this.#unfinished.delete(name);
    if (plan.why === undefined) this.#whys.delete(name);
    else this.#whys.set(name, plan.why);
    this.#wakeups.set(name, plan.wakeAtMs);
    for (const steps of batchesOf(plan.steps, BATCH_SIZE)) {
      if (!fleet.transact((tx) => executeSteps(tx, miner, steps)).value) return;
      await this.#breathe();
      if (signal.aborted) return;
    }
    // Creating changes nothing for the plan; after anything else there may be more to do.
    if (plan.steps.some(({ kind }) => kind !== 'create') && fleet.miner(name) !== undefined) this.#mark(name);
  }

  async #breathe(): Promise<void> {
    if (this.#parts.clock.monotonicMs() < this.#sliceEndsMs) return;
    await this.#parts.yieldTurn();
    this.#sliceEndsMs = this.#parts.clock.monotonicMs() + SLICE_MS;
  }

  #mark(name: string): void {
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
    for (const change of commit.changes) this.#onChange(change);
  }

  #onChange(change: StoreChange): void {
    if (change.kind === 'instance') {
      const { state, miner } = change.record;
      if (isEnded(state) || state === 'stopping' || this.#unfinished.has(miner)) this.#mark(miner);
      return;
    }
    if (change.kind === 'instanceRemoved') return;
    if (change.table === 'host') this.#onHost(change.key);
    if (change.table !== 'miner') return;
    if (change.kind === 'document') this.#mark(change.key);
    else this.#forget(change.key);
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
    this.#wakeups.set(name, undefined);
  }
}

function hostMark(host: HostRecord | undefined): string {
  return `${isGone(host) ? 'gone' : 'here'} ${host?.draining === true ? 'draining' : 'staying'}`;
}
