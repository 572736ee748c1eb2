import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { HeadStanding } from '../../../common/model/space-head.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort } from '../../fleet/port.js';
import type { ReachPort } from '../../router/index.js';
import type { Secrets } from '../../security/secrets/index.js';
import { RunningHead } from './running-head.js';
import { scansOnHost } from './scans-on-host.js';
import type { ScansOnHost } from './scans-on-host.js';
import { planHeads } from './plan-heads.js';
import type { WantedHead } from './plan-heads.js';

/** What heads work with. */
export interface SpaceHeadParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reach: ReachPort;
  readonly version: string;
  /** Undefined where everything goes in clear: then there are no secrets, and no key. */
  readonly secrets: Pick<Secrets, 'reveal'> | undefined;
}

/** How a space miner stands. */
export interface SpaceStanding extends HeadStanding {
  readonly miner: string;
}

/** Miners and secrets are looked at this often. */
const PERIOD_MS = 1000;

/**
 * Keeps one process for each space miner that is to run, which alone speaks with its node and signs: one connection and one best proof,
 * however many hosts scan. No two have the same key, and none begins before the one that had it is gone.
 */
export class SpaceHeads {
  readonly #parts: SpaceHeadParts;
  readonly #heads = new Map<string, RunningHead>();
  readonly #told = new Map<string, string>();

  constructor(parts: SpaceHeadParts) {
    this.#parts = parts;
  }

  /** How all stand, for metrics. */
  standings(): readonly SpaceStanding[] {
    return [...this.#heads.values()].map((head) => head.standing);
  }

  /** What the last scans of a host's plots took. */
  scansOn(hostId: string): ScansOnHost {
    return scansOnHost([...this.#heads.values()].flatMap((head) => head.scanOn(hostId) ?? []));
  }

  /** Runs until the signal; then no process is left. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      await this.#pass();
      await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
    await Promise.all([...this.#heads.values()].map((head) => head.stop()));
    this.#heads.clear();
  }

  async #pass(): Promise<void> {
    const { heads, refused } = planHeads(this.#parts.fleet);
    const wanted = new Map(heads.map((head) => [head.miner, head]));
    const leaving = [...this.#heads].filter(([miner, { version }]) => wanted.get(miner)?.version !== version);
    // Before any begins: one of them may have the key.
    await Promise.all(leaving.map(([, head]) => head.stop()));
    for (const [miner] of leaving) this.#heads.delete(miner);
    for (const head of heads) if (!this.#heads.has(head.miner)) this.#begin(head);
    for (const head of this.#heads.values()) head.lookAfter();
    this.#tellOnce(refused);
  }

  #begin(wanted: WantedHead): void {
    const { fleet, secrets } = this.#parts;
    const record = fleet.secret(wanted.namespace, wanted.space.key);
    if (record === undefined || secrets === undefined) return;
    try {
      this.#heads.set(wanted.miner, new RunningHead(wanted, secrets.reveal(record), this.#parts));
      this.#told.delete(wanted.miner);
    } catch (error) {
      this.#tellOnce([{ miner: wanted.miner, reason: 'space_head_failed', text: toHeadframeError(error).message }]);
    }
  }

  /** Each refusal is an event once, until the miner runs or is refused for something else. */
  #tellOnce(refused: ReturnType<typeof planHeads>['refused']): void {
    for (const { miner, reason, text } of refused) {
      if (this.#told.get(miner) === text) continue;
      this.#told.set(miner, text);
      this.#parts.logger.warn({ miner, reason }, text);
      this.#parts.fleet.transact((tx) => tx.event({ subject: 'miner', id: miner, miner, reason, text }));
    }
  }
}
