import type { Clock } from '../../common/model/clock.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { PrepareProgress } from '../runtime/runtime.js';
import type { InstanceView } from './plan.js';
import { reportOf, sameReport } from './report.js';
import type { Activity } from './report.js';

/** People see no more than two changes of a pull a second. */
const PROGRESS_EVERY_MS = 500;

/** The latest report of every assigned instance; tells each change once. */
export class ReportBoard {
  readonly #clock: Clock;
  readonly #onReport: (report: InstanceReport) => void;
  readonly #reports = new Map<number, InstanceReport>();
  readonly #progress = new Map<number, { readonly progress: PrepareProgress; readonly atMs: number }>();

  constructor(clock: Clock, onReport: (report: InstanceReport) => void) {
    this.#clock = clock;
    this.#onReport = onReport;
  }

  /** The latest reports. */
  all(): InstanceReport[] {
    return [...this.#reports.values()];
  }

  /** Notes how far a pull is; false when it comes too soon after the last to be worth a report. */
  noteProgress(serial: number, progress: PrepareProgress): boolean {
    const atMs = this.#clock.monotonicMs();
    const last = this.#progress.get(serial);
    if (last && atMs - last.atMs < PROGRESS_EVERY_MS) return false;
    this.#progress.set(serial, { progress, atMs });
    return true;
  }

  /** The pull is over. */
  endProgress(serial: number): void {
    this.#progress.delete(serial);
  }

  /** Takes in how an instance stands now; one that is not assigned is forgotten. */
  update(view: InstanceView, activity: Omit<Activity, 'progress'>): void {
    const { serial } = view;
    const report = reportOf(view, { ...activity, progress: this.#progress.get(serial)?.progress });
    if (report === undefined) {
      this.#reports.delete(serial);
      return;
    }
    const last = this.#reports.get(serial);
    if (last && sameReport(last, report)) return;
    this.#reports.set(serial, report);
    this.#onReport(report);
  }
}
