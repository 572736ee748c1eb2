import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import { TurnBudget } from '../../common/model/turn-budget.js';
import type { Logger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import { isLastWord } from '../last-word.js';
import type { HostSession, SessionIdentity } from './host-session.js';
import type { LiveBoard } from './live-board.js';
import { applyReports } from './reports.js';
import type { ReportVerdict } from './reports.js';
import { TURN_SHARE } from './turn-share.js';

/** The parts that reports go to. */
export interface IntakeParts {
  readonly fleet: FleetPort;
  readonly board: LiveBoard;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** As much of them as is needed. */
interface NeededParts extends Pick<IntakeParts, 'clock' | 'yieldTurn'> {
  readonly fleet: Pick<FleetPort, 'transact'>;
  readonly board: Pick<LiveBoard, 'progressOf' | 'setProgress'>;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** Whose reports they are. */
type Reporting = Pick<HostSession, 'ackReports' | 'end'> & { readonly identity: Pick<SessionIdentity, 'hostId'> };

/** One message of reports, whose sender waits until it is taken. */
interface Batch {
  readonly session: Reporting;
  readonly sequence: number;
  readonly reports: readonly InstanceReport[];
  readonly taken: () => void;
}

type Verdicts = ReadonlyMap<ReportVerdict, number>;

/** Reports in one transaction, unless a single message has more: a few milliseconds of work. */
const MOST_REPORTS = 1_000;

/**
 * Takes reports into the fleet, those of many hosts in one transaction, and acknowledges them once they are durable.
 * Nothing piles up: no more is read from an agent until its last message is taken.
 */
export class ReportIntake {
  readonly #parts: NeededParts;
  readonly #budget: TurnBudget;
  readonly #waiting: Batch[] = [];
  readonly #counts = new Map<ReportVerdict, number>();
  #running = false;

  constructor(parts: NeededParts) {
    this.#parts = parts;
    this.#budget = new TurnBudget(parts.clock, TURN_SHARE);
  }

  /** Reports since the start, by what became of them. */
  get counts(): Verdicts {
    return this.#counts;
  }

  /** Resolves when the reports are in the fleet, durable or about to be. */
  take(session: Reporting, sequence: number, reports: readonly InstanceReport[]): Promise<void> {
    return new Promise((taken) => {
      this.#waiting.push({ session, sequence, reports, taken });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#parts.yieldTurn();
      this.#budget.begin();
      do this.#takeSome(this.#some());
      while (this.#waiting.length > 0 && !this.#budget.isSpent);
    }
    this.#running = false;
  }

  #some(): readonly Batch[] {
    let [count, reports] = [0, 0];
    for (const batch of this.#waiting) {
      if (count > 0 && reports + batch.reports.length > MOST_REPORTS) break;
      count += 1;
      reports += batch.reports.length;
    }
    return this.#waiting.splice(0, count);
  }

  #takeSome(batches: readonly Batch[]): void {
    try {
      this.#takeTogether(batches);
    } catch (thrown) {
      const error = toHeadframeError(thrown);
      // None of them is to blame, and why nothing is changed any more is told once, by whoever ends the coordinator.
      if (isLastWord(error)) for (const { session } of batches) session.end(error);
      // One of them is to blame, and the others are not to suffer for it.
      else for (const batch of batches) this.#takeAlone(batch);
    }
    for (const { taken } of batches) taken();
  }

  #takeTogether(batches: readonly Batch[]): void {
    const { durable } = this.#parts.fleet.transact((tx) => {
      for (const batch of batches) this.#apply(tx, batch);
    });
    const acknowledge = (): void => {
      for (const { session, sequence } of batches) session.ackReports(sequence);
    };
    // The store has failed for good: the coordinator is ending, and the agents will tell its successor.
    void durable.then(acknowledge, () => undefined);
  }

  #takeAlone(batch: Batch): void {
    try {
      this.#takeTogether([batch]);
    } catch (error) {
      const { hostId } = batch.session.identity;
      this.#parts.logger.error({ err: error, host: hostId }, 'reports of an agent could not be taken');
      batch.session.end(toHeadframeError(error));
    }
  }

  #apply(tx: Transaction, { session, reports }: Batch): void {
    const { hostId } = session.identity;
    const verdicts = applyReports(tx, hostId, reports);
    for (const [verdict, count] of verdicts) this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + count);
    this.#noteProgress(tx, hostId, reports);
    const strays = (verdicts.get('foreign') ?? 0) + (verdicts.get('unknown') ?? 0);
    if (strays === 0) return;
    this.#parts.logger.warn({ host: hostId, count: strays }, 'reports of instances that are not assigned here');
  }

  #noteProgress(tx: Transaction, hostId: string, reports: readonly InstanceReport[]): void {
    const { board } = this.#parts;
    for (const { serial, progress } of reports) {
      if (progress === undefined && board.progressOf(serial) === undefined) continue;
      if (tx.instance(serial)?.hostId === hostId) board.setProgress(serial, progress);
    }
  }
}
