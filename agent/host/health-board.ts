import type { HostCondition, HostNotice } from '../../common/model/host.js';
import type { ReasonCode } from '../../common/model/reason.js';

/** Where parts of the agent tell how the host is. */
export interface HostTeller {
  /** Something is wrong; telling it again changes its text alone. */
  raise(reason: ReasonCode, text: string): void;
  /** It is over. */
  clear(reason: ReasonCode): void;
  /** Something was done for the host's sake. */
  note(reason: ReasonCode, text: string): void;
}

/** Notices that wait for a session; beyond that the oldest are dropped, for the log has them. */
const MOST_NOTICES = 64;

/** What is wrong with the host now, and what was done about it since it was told last. */
export class HealthBoard implements HostTeller {
  readonly #conditions = new Map<ReasonCode, HostCondition>();
  readonly #counts = new Map<ReasonCode, number>();
  readonly #nowMs: () => number;
  readonly #onChange: () => void;
  #notices: HostNotice[] = [];

  /** `onChange` is called after each change that is worth telling. */
  constructor(nowMs: () => number, onChange: () => void) {
    this.#nowMs = nowMs;
    this.#onChange = onChange;
  }

  get conditions(): readonly HostCondition[] {
    return [...this.#conditions.values()];
  }

  /** How often something was raised or noted since the start, by reason. */
  get counts(): ReadonlyMap<ReasonCode, number> {
    return this.#counts;
  }

  raise(reason: ReasonCode, text: string): void {
    const known = this.#conditions.get(reason);
    this.#conditions.set(reason, { reason, text, sinceMs: known?.sinceMs ?? this.#nowMs() });
    if (known !== undefined) return;
    this.#count(reason);
    this.#onChange();
  }

  clear(reason: ReasonCode): void {
    if (this.#conditions.delete(reason)) this.#onChange();
  }

  note(reason: ReasonCode, text: string): void {
    this.#notices = [...this.#notices, { reason, text }].slice(-MOST_NOTICES);
    this.#count(reason);
    this.#onChange();
  }

  /** Takes the notices that were not told yet. */
  takeNotices(): readonly HostNotice[] {
    const taken = this.#notices;
    this.#notices = [];
    return taken;
  }

  /** Takes back notices that could not be told. */
  putBack(notices: readonly HostNotice[]): void {
    this.#notices = [...notices, ...this.#notices].slice(-MOST_NOTICES);
  }

  #count(reason: ReasonCode): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }
}
