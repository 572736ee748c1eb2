import type { Clock } from '../../../common/model/clock.js';
import type { HostRecord } from '../../../common/model/host.js';
import type { FleetPort } from '../../fleet/port.js';
import { refreshVerification } from './record-verdict.js';

const PERIOD_MS = 60_000;

/** Takes from hosts what they have proven too long ago. From records alone: what a restart misses is done by the next pass. */
export class LapseLoop {
  readonly #fleet: FleetPort;
  readonly #clock: Clock;

  constructor({ fleet, clock }: { readonly fleet: FleetPort; readonly clock: Clock }) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.pass();
      await this.#clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }

  /** Looks at all hosts once. */
  pass(): void {
    const nowMs = this.#clock.nowMs();
    const due = [...this.#fleet.hosts()].filter((host) => hasLapsed(host, nowMs));
    if (due.length === 0) return;
    this.#fleet.transact((tx) => {
      for (const host of due) refreshVerification(tx, host);
    });
  }
}

function hasLapsed({ verification }: HostRecord, nowMs: number): boolean {
  return Object.values(verification?.verified ?? {}).some(({ untilMs }) => untilMs <= nowMs);
}
