import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { InstanceRecord } from '../../../common/model/instance.js';
import { hurriedRequest } from '../../../common/model/space-head.js';
import type { HostAnswer } from '../../../common/model/space-head.js';
import { SPACE_PORT } from '../../../common/model/space-spec.js';
import type { FleetReader } from '../../fleet/port.js';
import type { ReachPort } from '../../router/index.js';
import { askOne } from './ask-one.js';
import { isRoundOver } from './round-end.js';

/** What hosts are asked by. */
export interface AskParts {
  readonly fleet: Pick<FleetReader, 'instancesOf'>;
  readonly reach: ReachPort;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** From the request to the last answer that counts. */
  readonly deadlineMs: number;
  /** A host that gave no answer, told at the end. */
  readonly onSilent: (host: string, why: string) => void;
}

/** An instance that was asked. */
interface Asked {
  readonly host: string;
  readonly status: 'asking' | 'answered' | 'failed';
  /** Its answer, or why there is none. */
  readonly text: string;
  readonly failures: number;
  /** When it is asked again, on the monotonic clock. */
  readonly againMs: number;
}

/** States of instances that can answer soon. */
const COMING: ReadonlySet<string> = new Set<InstanceRecord['state']>(['assigned', 'preparing', 'starting', 'running']);
/** Instances are looked at so often for those that run only now. */
const LOOK_EVERY_MS = 200;
const BACKOFF = { leastMs: 250, mostMs: 2000 } as const;
/** One asked so long after the round began has less time for its answer than it knows of. */
const LATE_MS = 500;
/** Of what is left, what a late host has; the rest is for the way there and back. */
const HOST_SHARE = 0.9;

/**
 * What all hosts of a miner say to a request, in the order of the instances; each delays and fails for itself. One that begins to run, or can be
 * reached, only later is asked then, with the time that is left; one that failed is asked again. Ends with the signal, too, with what is there.
 */
export async function askHosts(
  miner: string,
  request: string,
  parts: AskParts,
  signal: AbortSignal,
): Promise<readonly HostAnswer[]> {
  const asking = new Asking(miner, request, parts);
  await asking.run(signal);
  return asking.answers();
}

/** The asking of one round. */
class Asking {
  readonly #miner: string;
  readonly #request: string;
  readonly #parts: AskParts;
  readonly #asked = new Map<number, Asked>();
  readonly #startedMs: number;
  #wake: () => void = () => undefined;

  constructor(miner: string, request: string, parts: AskParts) {
    this.#miner = miner;
    this.#request = request;
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
  }

  async run(signal: AbortSignal): Promise<void> {
    const left = new AbortController();
    const until = AbortSignal.any([signal, left.signal]);
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake, { once: true });
    const isLeft = (): boolean => signal.aborted;
    while (!isLeft()) {
      for (const instance of this.#due()) void this.#ask(instance, until);
      if (isRoundOver(this.#soFar())) break;
      await this.#change();
    }
    signal.removeEventListener('abort', wake);
    left.abort();
    for (const { host, status, text } of this.#asked.values())
      if (status !== 'answered') this.#parts.onSilent(host, status === 'asking' ? 'no answer in time' : text);
  }

  answers(): readonly HostAnswer[] {
    const inOrder = [...this.#asked].sort(([one], [other]) => one - other);
    return inOrder.flatMap(([, { status, host, text }]) => (status === 'answered' ? [{ host, line: text }] : []));
  }

  #elapsedMs(): number {
    return this.#parts.clock.monotonicMs() - this.#startedMs;
  }

  /** Those that run and were not asked yet, or failed some time ago. */
  #due(): readonly InstanceRecord[] {
    const nowMs = this.#parts.clock.monotonicMs();
    return [...this.#parts.fleet.instancesOf(this.#miner)].filter(({ serial, state }) => {
      const before = this.#asked.get(serial);
      if (state !== 'running') return false;
      return before === undefined || (before.status === 'failed' && before.againMs <= nowMs);
    });
  }

  #soFar(): Parameters<typeof isRoundOver>[0] {
    const count = (wanted: Asked['status']): number =>
      [...this.#asked.values()].filter(({ status }) => status === wanted).length;
    const awaited = [...this.#parts.fleet.instancesOf(this.#miner)].filter(
      ({ serial, state }) => COMING.has(state) && this.#asked.get(serial)?.status !== 'answered',
    );
    const { deadlineMs } = this.#parts;
    const counts = { asking: count('asking'), answered: count('answered'), awaited: awaited.length };
    return { ...counts, elapsedMs: this.#elapsedMs(), deadlineMs };
  }

  async #ask({ serial, hostId = '' }: InstanceRecord, signal: AbortSignal): Promise<void> {
    const { reach, clock, deadlineMs } = this.#parts;
    const failures = this.#asked.get(serial)?.failures ?? 0;
    const asked = { host: hostId, failures, againMs: 0 };
    this.#asked.set(serial, { ...asked, status: 'asking', text: '' });
    const elapsedMs = this.#elapsedMs();
    const leftMs = Math.floor(HOST_SHARE * (deadlineMs - elapsedMs));
    const line = elapsedMs < LATE_MS ? this.#request : hurriedRequest(this.#request, leftMs);
    try {
      const connection = await reach.connect(serial, SPACE_PORT.number, signal);
      this.#asked.set(serial, { ...asked, status: 'answered', text: await askOne(connection, line, signal) });
    } catch (error) {
      const againMs = clock.monotonicMs() + Math.min(BACKOFF.mostMs, BACKOFF.leastMs * 2 ** Math.min(failures, 8));
      const text = toHeadframeError(error).message;
      this.#asked.set(serial, { host: hostId, status: 'failed', text, failures: failures + 1, againMs });
    }
    this.#wake();
  }

  /** Until somebody answers or fails, or it is time to look again. */
  #change(): Promise<void> {
    return new Promise((settle) => {
      const cancel = this.#parts.clock.setTimer(settle, LOOK_EVERY_MS);
      this.#wake = () => {
        cancel();
        settle();
      };
    });
  }
}
