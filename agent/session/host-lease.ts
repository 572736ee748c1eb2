import type { Clock } from '../../common/model/clock.js';
import { LARGEST_GRACE_SHARE } from '../../common/model/host-lease.js';
import type { StoredLease } from '../state/agent-state.js';

/**
 * The coordinator's promise that this host's exclusive instances are its own. Counted on the clock that goes on during a
 * suspend, from when the heartbeat was sent that renewed it, so that it never ends here later than the coordinator thinks.
 */
export class HostLease {
  readonly #clock: Clock;
  readonly #bootId: string;
  #lease: StoredLease | undefined;

  /** `stored` is the lease of an earlier run of the agent; one of another boot, or of another clock, is worth nothing. */
  constructor(clock: Clock, bootId: string, stored: StoredLease | undefined) {
    this.#clock = clock;
    this.#bootId = bootId;
    if (stored === undefined || stored.bootId !== bootId || bootId === '') return;
    // A lease that ends later than one renewed now would is on a clock that has begun anew, as a restarted container's may.
    if (stored.expiresAtBootMs - clock.bootMs() <= stored.lengthMs) this.#lease = stored;
  }

  /**
   * Takes a renewal by a heartbeat sent at `sentAtBootMs`; returns what to store. One that has run out comes back only by a
   * heartbeat sent after the agent has heard what is still its own, at `toldAtBootMs`: the rest may run elsewhere by now.
   */
  renew(sentAtBootMs: number, lengthMs: number, toldAtBootMs: number): StoredLease | undefined {
    if (this.leftMs() === 0 && sentAtBootMs < toldAtBootMs) return undefined;
    const expiresAtBootMs = Math.max(sentAtBootMs + lengthMs, this.#lease?.expiresAtBootMs ?? 0);
    this.#lease = { bootId: this.#bootId, expiresAtBootMs, lengthMs };
    return this.#lease;
  }

  /** Whether an instance with this stop grace may run: its stop, grace included, must be over when the lease ends. */
  isHeldFor(graceMs: number): boolean {
    if (this.#lease === undefined) return false;
    const share = this.#lease.lengthMs * LARGEST_GRACE_SHARE;
    return this.#clock.bootMs() < this.#lease.expiresAtBootMs - Math.min(graceMs, share);
  }

  /** Milliseconds until the lease ends; 0 when it has. */
  leftMs(): number {
    return Math.max(0, (this.#lease?.expiresAtBootMs ?? 0) - this.#clock.bootMs());
  }

  /** Milliseconds until the first exclusive instance may have to stop; 0 when that time has come. */
  remainingMs(): number {
    if (this.#lease === undefined) return 0;
    const earliest = this.#lease.expiresAtBootMs - this.#lease.lengthMs * LARGEST_GRACE_SHARE;
    return Math.max(0, earliest - this.#clock.bootMs());
  }
}
