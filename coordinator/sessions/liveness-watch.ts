import type { Clock } from '../../common/model/clock.js';
import type { HostRecord } from '../../common/model/host.js';
import { Nap } from '../../common/model/nap.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import { isMissing, judgeLiveness } from './liveness.js';
import type { LivenessOptions } from './liveness.js';
import { MassLossBrake } from './mass-loss-brake.js';
import type { FleetAlarm } from './mass-loss-brake.js';
import { judgeLosses } from './mass-loss.js';
import type { HostSilence, MassLossOptions } from './mass-loss.js';

// A host is looked at no more often than this, however its deadlines fall.
const SHORTEST_LOOK_MS = 100;

/** How silence is judged, of one host and of many. */
export interface WatchOptions extends LivenessOptions {
  readonly massLoss: MassLossOptions;
  /**
   * Milliseconds that a host may stay away beyond its lease after a start of the coordinator, from when another one came
   * back last, `most` in all; 0 when left out.
   */
  readonly returnMs?: { readonly least: number; readonly most: number };
}

/**
 * Turns the silence of hosts into states: ready → suspect → lost. After a start of the coordinator every host counts as
 * heard at that moment, and is lost only when it stays away much longer, and while others still come back, so that none is
 * for the coordinator's own absence. When many fall silent at once, none of them is lost until enough are back or an
 * operator gives them up.
 */
export class LivenessWatch {
  readonly #fleet: FleetPort;
  readonly #clock: Clock;
  readonly #options: WatchOptions;
  readonly #brake: MassLossBrake;
  readonly #heardAtMs = new Map<string, number>();
  /** When hosts were declared lost that nobody gave up, on the monotonic clock. */
  readonly #lostAtMs = new Map<string, number>();
  #startedAtMs = 0;
  /** When a host was heard for the first time, the last time that this was so. */
  #returnedAtMs = 0;
  readonly #nap = new Nap();

  constructor(parts: { fleet: FleetPort; clock: Clock }, options: WatchOptions) {
    this.#fleet = parts.fleet;
    this.#clock = parts.clock;
    this.#options = options;
    this.#brake = new MassLossBrake(parts.fleet);
  }

  /** A message of the host's agent has come. */
  heard(hostId: string): void {
    const host = this.#fleet.host(hostId);
    const nowMs = this.#clock.monotonicMs();
    if (!this.#heardAtMs.has(hostId)) this.#returnedAtMs = nowMs;
    this.#heardAtMs.set(hostId, nowMs);
    if (host?.state === 'suspect')
      this.#setState(host, 'ready', { reason: 'host_rejoined', text: 'heartbeats come again' });
    if (host?.state !== 'lost') this.#brake.forget(hostId);
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
    this.#lostAtMs.delete(hostId);
    this.#brake.forget(hostId);
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

  /** What an operator should look at now. */
  alarms(): readonly FleetAlarm[] {
    return this.#brake.alarms();
  }

  /**
   * Gives up the hosts that are silent while the brake holds; answers their ids once that is durable.
   * Throws `HeadframeError` (failed_precondition, brake_free) while it does not hold.
   */
  async releaseBrake(): Promise<readonly string[]> {
    const silent = this.#silences().filter(({ standing }) => standing === 'due' || standing === 'missing');
    const ids = silent.map(({ id }) => id).sort();
    await this.#fleet.transact((tx) => {
      this.#brake.release(tx, ids);
    }).durable;
    this.#nap.wake();
    return ids;
  }

  /** Watches until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    this.#startedAtMs = this.#clock.monotonicMs();
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      await this.#nap.take(this.#clock, this.#look(), signal);
    }
  }

  #look(): number {
    let nextLookMs = this.#options.heartbeatPeriodMs;
    let isDue = this.#brake.braked;
    for (const host of [...this.#fleet.hosts()]) {
      if (host.state === 'lost' || host.state === 'removed') continue;
      const silentMs = this.#silentSinceStartMs(host.id);
      const judged = judgeLiveness(silentMs, this.#options);
      nextLookMs = Math.min(nextLookMs, judged.nextLookMs);
      if (judged.state === 'lost') isDue = true;
      if (judged.state !== 'ready' && host.state === 'ready')
        this.#setState(host, 'suspect', { reason: 'heartbeat_missed', text: silenceText(silentMs) });
    }
    if (isDue) this.#judgeLosses();
    return Math.max(SHORTEST_LOOK_MS, nextLookMs);
  }

  /** Declares the hosts lost that are due, unless too many are silent at once. */
  #judgeLosses(): void {
    const verdict = judgeLosses(this.#silences(), this.#brake.braked, this.#options.massLoss);
    this.#fleet.transact((tx) => {
      this.#brake.follow(tx, verdict);
      for (const id of verdict.held) this.#hold(tx, id);
      for (const id of verdict.lost) this.#lose(tx, id);
    });
  }

  #hold(tx: Transaction, id: string): void {
    const host = tx.host(id);
    if (host === undefined || host.reason === 'mass_loss') return;
    const text = `${silenceText(this.#silentSinceStartMs(id))}; many hosts fell silent at once, so it is not given up`;
    putState(tx, host, 'suspect', { reason: 'mass_loss', text });
  }

  #lose(tx: Transaction, id: string): void {
    const host = tx.host(id);
    if (host === undefined) return;
    const text = `${silenceText(this.#silentSinceStartMs(id))}: the host lease has expired`;
    const isGivenUp = this.#brake.isGivenUp(id);
    if (!isGivenUp) this.#lostAtMs.set(id, this.#clock.monotonicMs());
    putState(tx, host, 'lost', { reason: isGivenUp ? 'host_given_up' : 'host_lost', text });
  }

  #silences(): HostSilence[] {
    return [...this.#fleet.hosts()].map((host) => ({ id: host.id, standing: this.#standingOf(host) }));
  }

  #standingOf(host: HostRecord): HostSilence['standing'] {
    if (host.state === 'lost' || host.state === 'removed') return this.#wasLostNow(host.id) ? 'lost' : 'past';
    const silentMs = this.#silentSinceStartMs(host.id);
    // One that was held before this coordinator started is no more here for that.
    const isHeld = host.reason === 'mass_loss' && !this.#heardAtMs.has(host.id);
    const isDue = judgeLiveness(silentMs - this.#graceMs(host.id), this.#options).state === 'lost';
    if (this.#brake.isGivenUp(host.id)) return isDue ? 'abandoned' : 'past';
    if (isDue) return 'due';
    return isHeld || isMissing(silentMs, this.#options) ? 'missing' : 'here';
  }

  /** Agents back off while there is no coordinator, and thousands take a while to be let in: that is no fault of theirs. */
  #graceMs(hostId: string): number {
    const { returnMs } = this.#options;
    if (returnMs === undefined || this.#heardAtMs.has(hostId)) return 0;
    return Math.min(returnMs.most, Math.max(returnMs.least, this.#returnedAtMs - this.#startedAtMs));
  }

  #wasLostNow(hostId: string): boolean {
    const lostAtMs = this.#lostAtMs.get(hostId);
    return lostAtMs !== undefined && this.#clock.monotonicMs() - lostAtMs < this.#options.massLoss.windowMs;
  }

  #silentSinceStartMs(hostId: string): number {
    return this.#clock.monotonicMs() - Math.max(this.#startedAtMs, this.#heardAtMs.get(hostId) ?? 0);
  }

  #setState(host: HostRecord, state: HostRecord['state'], why: Why): void {
    this.#fleet.transact((tx) => {
      putState(tx, host, state, why);
    });
  }
}

interface Why {
  readonly reason: string;
  readonly text: string;
}

function putState(tx: Transaction, host: HostRecord, state: HostRecord['state'], why: Why): void {
  tx.putHost({ ...host, state, ...why, changedAtMs: tx.atMs });
  tx.event({ subject: 'host', id: host.id, hostId: host.id, state, ...why });
}

function silenceText(silentMs: number): string {
  return `no heartbeat for ${String(Math.round(silentMs / 1000))} s`;
}
