import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { MOST_MEMBERS, addressesOfMembers, announced, decodeMember, encodeMember } from './member.js';
import type { Member, MemberSelf } from './member.js';
import type { MemberPlace } from './member-place.js';

/** What a register works with. */
export interface RegisterParts {
  readonly place: MemberPlace;
  readonly self: MemberSelf;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'debug'>;
}

/** Whoever runs tells so again after this time. */
const ANNOUNCE_MS = 20_000;
/** Between two looks, however often something changes. */
const LEAST_GAP_MS = 1_000;
const RETRY_MS = 2_000;
/** Others may write the same at the same time. */
const TRIES = 4;

/** What the coordinators of a cluster know of each other, kept fresh; each tells of itself. */
export class MemberRegister {
  readonly #parts: RegisterParts;
  readonly #onChange: () => void;
  #members: readonly Member[] = [];
  #addresses: readonly string[] = [];
  #announcedAtMs = -Infinity;
  #wake: () => void = () => undefined;
  #isPoked = false;
  #isAnswered = true;
  #isAlone = true;

  /** `onChange` is called when what is known has changed. */
  constructor(parts: RegisterParts, onChange: () => void = () => undefined) {
    this.#parts = parts;
    this.#onChange = onChange;
  }

  /** All that are known, by address. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Where agents and clients may find a leader; the same array as long as nothing of it has changed. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Whether this coordinator was taken out of the cluster. */
  get isRemoved(): boolean {
    return this.#own?.state === 'removed';
  }

  /** Tells of this coordinator for the first time, or learns that it was removed; tries until the signal. */
  async begin(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    while (!(await this.#look()) && !ended()) await this.#parts.clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }

  /** Looks at once; where nobody answers what is known stays. */
  async refresh(): Promise<void> {
    await this.#look();
  }

  /** Goes on telling and looking until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const watching = this.#watch(signal);
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      await this.#parts.clock.sleep(LEAST_GAP_MS, signal).catch(() => undefined);
      await this.#sleep(ANNOUNCE_MS - LEAST_GAP_MS, signal);
      if (!ended()) await this.#look();
    }
    await watching;
  }

  get #own(): Member | undefined {
    return this.#members.find(({ address }) => address === this.#parts.self.address);
  }

  /** Reads all, and tells of itself where that is due; false where nobody answers. */
  async #look(): Promise<boolean> {
    try {
      this.#take(await this.#parts.place.list());
      if (this.#isDue()) await this.#announce();
      this.#isAnswered = true;
      return true;
    } catch (thrown) {
      const { reason, message } = toHeadframeError(thrown);
      if (this.#isAnswered) this.#parts.logger.warn({ reason }, `other coordinators cannot be learnt: ${message}`);
      this.#isAnswered = false;
      return false;
    }
  }

  #isDue(): boolean {
    const state = this.#own?.state;
    if (state === 'removed') return false;
    return state !== 'member' || this.#parts.clock.bootMs() - this.#announcedAtMs >= ANNOUNCE_MS / 2;
  }

  async #announce(): Promise<void> {
    const { place, self, clock } = this.#parts;
    if (this.#own === undefined && this.#members.length >= MOST_MEMBERS) {
      this.#tellFull();
      return;
    }
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = await place.read(self.address);
      const member = announced(found && decodeMember(found.text), self, clock.nowMs());
      if (member !== undefined && !(await place.replace(self.address, encodeMember(member), found?.revision ?? 0)))
        continue;
      this.#announcedAtMs = clock.bootMs();
      break;
    }
    this.#take(await place.list());
  }

  #take(texts: readonly string[]): void {
    const known = texts.flatMap((text) => decodeMember(text) ?? []);
    const wasRemoved = this.isRemoved;
    this.#members = known.toSorted((one, other) => (one.address < other.address ? -1 : 1));
    const addresses = addressesOfMembers(this.#members);
    if (addresses.join() !== this.#addresses.join()) {
      this.#addresses = addresses;
      this.#parts.logger.info({ coordinators: addresses }, 'coordinators of this cluster');
    }
    if (wasRemoved !== this.isRemoved) this.#tellStanding();
    this.#tellDouble();
    this.#onChange();
  }

  #tellFull(): void {
    const { clock, logger } = this.#parts;
    const fields = { reason: 'members_full', members: this.#members.length };
    if (this.#announcedAtMs === -Infinity) logger.warn(fields, 'too many coordinators are known: this is not told of');
    this.#announcedAtMs = clock.bootMs();
  }

  /** As where a configuration was copied whole: agents would find one of the two. */
  #tellDouble(): void {
    const { logger, self } = this.#parts;
    const own = this.#own;
    const isAlone = this.#announcedAtMs === -Infinity || own?.startedMs === self.startedMs || own?.state !== 'member';
    if (this.#isAlone && !isAlone) {
      const fields = { reason: 'advertise_shared', address: self.address };
      logger.warn(fields, 'another coordinator tells the same address: give each its own in advertise');
    }
    this.#isAlone = isAlone;
  }

  #tellStanding(): void {
    const { logger, self } = this.#parts;
    const { address } = self;
    if (!this.isRemoved) logger.info({ address }, 'this coordinator belongs to the cluster again');
    else logger.warn({ reason: 'coordinator_removed', address }, 'this coordinator was removed: it leads no more');
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const poke = (): void => {
      this.#isPoked = true;
      this.#wake();
    };
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      await this.#parts.place.watch(poke, signal).catch(() => undefined);
      await this.#parts.clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** Until the time is over, or something has changed since the last look. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    if (!this.#isPoked)
      await this.#parts.clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    this.#wake = () => undefined;
    this.#isPoked = false;
  }
}
