import type { Why } from '../../common/model/event.js';
import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import { explain, explainIdentity, QUEUED } from './explain.js';
import { explainKept, explainQuota } from './quotas.js';
import type { Explanation } from './explain.js';
import type { FleetMirror } from './fleet-mirror.js';
import type { Reservations } from './reservations.js';
import type { WaitingGroup } from './waiting-group.js';

/** A miner's first instances tell why it waits; a million rows saying the same would only wear the disk. */
const MOST_ROWS = 100;

/** How long a reason's changed figures wait until they are written; a changed reason is written at once. */
const REFRESH_MS = 5000;

const REFRESH_MS_PER_GROUP = 20;

/** Who knows why others do not make room for a blocked group. */
interface Refusals {
  explainRefusal(group: WaitingGroup): Explanation | undefined;
}

/** What else tells why. */
interface Reasons {
  readonly refusals: Refusals;
  readonly reservations: Pick<Reservations, 'keepFrom'>;
}

/** Tells why instances wait: exactly when asked, and sparingly in their records. */
export class WaitReports {
  readonly #fleet: FleetPort;
  readonly #mirror: FleetMirror;
  readonly #clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  /** Explanations of blocked shapes, as of one version of the index. */
  readonly #explained = new Map<string, Explanation>();
  readonly #refusals: Refusals;
  readonly #reservations: Pick<Reservations, 'keepFrom'>;
  #explainedVersion = -1;
  #hasDeferred = false;

  constructor(
    fleet: FleetPort,
    mirror: FleetMirror,
    clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
    { refusals, reservations }: Reasons,
  ) {
    this.#refusals = refusals;
    this.#reservations = reservations;
    this.#fleet = fleet;
    this.#mirror = mirror;
    this.#clock = clock;
  }

  /** Why a group's instances wait, as of now; undefined when none waits. Its time is that of the last change of reason. */
  whyOf(group: WaitingGroup): Why | undefined {
    const explanation = this.#explain(group);
    if (explanation === undefined) return undefined;
    const atMs = group.why?.reason === explanation.reason ? group.why.atMs : this.#clock.nowMs();
    group.why = { ...explanation, atMs };
    return group.why;
  }

  /** How long changed figures wait, in milliseconds: longer with many groups, so that they never fill the journal. */
  get refreshMs(): number {
    return Math.max(REFRESH_MS, this.#mirror.queue.size * REFRESH_MS_PER_GROUP);
  }

  /** Whether changed figures were seen that it was too early to write. */
  get hasDeferred(): boolean {
    return this.#hasDeferred;
  }

  /** Has everything that waits looked at again by `write`. */
  retell(): void {
    this.#hasDeferred = false;
    for (const group of this.#mirror.queue.waiting()) this.#mirror.queue.untold.add(group);
  }

  /** Writes what is untold into the instances' records, one transaction a group, until `isLate`. */
  write(isLate: () => boolean): void {
    const { untold } = this.#mirror.queue;
    for (const group of untold) {
      untold.delete(group);
      this.#tell(group);
      if (isLate()) return;
    }
  }

  #tell(group: WaitingGroup): void {
    const why = this.whyOf(group);
    // Who is about to be placed needs no telling.
    if (why === undefined || why.reason === QUEUED.reason) return;
    const figuresDue = this.#areFiguresDue(group, why);
    if (!figuresDue && !group.hasUntold) return;
    group.hasUntold = false;
    if (figuresDue) group.told = { reason: why.reason, text: why.text, atMs: this.#clock.monotonicMs() };
    const rows = group.pending.oldest(MOST_ROWS).filter((serial) => {
      const record = this.#fleet.instance(serial);
      return record?.reason !== why.reason || (figuresDue && record.text !== why.text);
    });
    if (rows.length === 0) return;
    this.#fleet.transact((tx) => {
      for (const serial of rows) tx.updateInstance(serial, { reason: why.reason, text: why.text });
    });
  }

  #areFiguresDue({ told }: WaitingGroup, why: Why): boolean {
    if (told?.reason !== why.reason) return true;
    if (told.text === why.text) return false;
    const areDue = this.#clock.monotonicMs() - told.atMs >= this.refreshMs;
    if (!areDue) this.#hasDeferred = true;
    return areDue;
  }

  #explain(group: WaitingGroup): Explanation | undefined {
    switch (this.#mirror.queue.statusOf(group)) {
      case 'idle':
        return undefined;
      case 'ready':
        return QUEUED;
      case 'identity':
        return this.#explainIdentity(group.demand.identity);
      case 'quota':
        return this.#explainQuota(group);
      case 'blocked':
        return this.#refusals.explainRefusal(group) ?? this.#explainShape(group);
    }
  }

  #explainQuota({ account, demand }: WaitingGroup): Explanation {
    const shortage = explainQuota(account, demand);
    if (shortage !== undefined) return shortage;
    const claimant = this.#mirror.queue.quotaWaits.claimant(account.namespace, this.#clock.monotonicMs());
    // Without one its quota has eased just now; the turn that uses it is next.
    return claimant === undefined ? QUEUED : explainKept(account, claimant.miner);
  }

  #explainIdentity(identity: string): Explanation {
    const holder = this.#fleet.holderOf(identity);
    const host = holder?.hostId === undefined ? undefined : this.#fleet.host(holder.hostId);
    return explainIdentity(identity, holder, host?.name ?? holder?.hostId ?? '');
  }

  #explainShape({ demand }: WaitingGroup): Explanation {
    const { index } = this.#mirror;
    if (this.#explainedVersion !== index.version) {
      this.#explained.clear();
      this.#explainedVersion = index.version;
    }
    const known = this.#explained.get(demand.shape);
    if (known !== undefined) return known;
    // A host may have grown since; the turn that uses it is next.
    const explanation = this.#reservations.keepFrom(demand, () => explain(index, demand)) ?? QUEUED;
    this.#explained.set(demand.shape, explanation);
    return explanation;
  }
}
