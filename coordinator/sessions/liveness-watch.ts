import type { Clock } from '../../common/model/clock.js';
import type { HostRecord } from '../../common/model/host.js';
import type { FleetPort } from '../fleet/port.js';
import { judgeLiveness } from './liveness.js';
import type { LivenessOptions } from './liveness.js';

// A host is looked at no more often than this, however its deadlines fall.
const SHORTEST_LOOK_MS = 100;

/**
 * Turns the silence of hosts into states: ready → suspect → lost. After a start of the coordinator every host counts as
 * heard at that moment, so that none is lost for the coordinator's own absence.
 */
export class LivenessWatch {
  readonly #fleet: FleetPort;
  readonly #clock: Clock;
  readonly #options: LivenessOptions;
  readonly #heardAtMs = new Map<string, number>();

  constructor(parts: { fleet: FleetPort; clock: Clock }, options: LivenessOptions) {
    this.#fleet = parts.fleet;
    this.#clock = parts.clock;
    this.#options = options;
  }

  /** A message of the host's agent has come. */
  heard(hostId: string): void {
    const host = this.#fleet.host(hostId);
    this.#heardAtMs.set(hostId, this.#clock.monotonicMs());
    if (host?.state === 'suspect')
      this.#setState(host, 'ready', { reason: 'host_rejoined', text: 'heartbeats come again' });
  }

  /** The session with the host's agent is over and no newer one is open. */
  left(hostId: string): void {
    const host = this.#fleet.host(hostId);
    if (host?.state !== 'ready') return;
    this.#setState(host, 'suspect', { reason: 'session_ended', text: 'the agent is not connected' });
  }

  /** Forgets a host that was removed. */
  forget(hostId: string): void {
    this.#heardAtMs.delete(hostId);
  }

  /** Time since the host was last heard; undefined when it never was. */
  silentMs(hostId: string): number | undefined {
    const heardAtMs = this.#heardAtMs.get(hostId);
    return heardAtMs === undefined ? undefined : this.#clock.monotonicMs() - heardAtMs;
  }

  /** Wall time at which the host was last heard; 0 when not since the coordinator started. */
  lastSeenMs(hostId: string): number {
    const silentMs = this.silentMs(hostId);
    return silentMs === undefined ? 0 : this.#clock.nowMs() - silentMs;
  }

  /** Watches until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const startedAtMs = this.#clock.monotonicMs();
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const nextLookMs = this.#look(startedAtMs);
      await this.#clock.sleep(nextLookMs, signal).catch(() => undefined);
    }
  }

  #look(startedAtMs: number): number {
    let nextLookMs = this.#options.heartbeatPeriodMs;
    const nowMs = this.#clock.monotonicMs();
    for (const host of [...this.#fleet.hosts()]) {
      if (host.state === 'lost' || host.state === 'removed') continue;
      const silentMs = nowMs - Math.max(startedAtMs, this.#heardAtMs.get(host.id) ?? 0);
      const judged = judgeLiveness(silentMs, this.#options);
      nextLookMs = Math.min(nextLookMs, judged.nextLookMs);
      if (judged.state === 'lost') {
        const text = `no heartbeat for ${String(Math.round(silentMs / 1000))} s: the host lease has expired`;
        this.#setState(host, 'lost', { reason: 'host_lost', text });
      } else if (judged.state === 'suspect' && host.state === 'ready') {
        this.#setState(host, 'suspect', {
          reason: 'heartbeat_missed',
          text: `no heartbeat for ${String(Math.round(silentMs / 1000))} s`,
        });
      }
    }
    return Math.max(SHORTEST_LOOK_MS, nextLookMs);
  }

  #setState(host: HostRecord, state: HostRecord['state'], why: { reason: string; text: string }): void {
    this.#fleet.transact((tx) => {
      tx.putHost({ ...host, state, ...why, changedAtMs: tx.atMs });
      tx.event({ subject: 'host', id: host.id, hostId: host.id, state, ...why });
    });
  }
}
