import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../process-figures.js';
import { percentile } from '../report.js';
import { Crowd } from './crowd.js';
import { IdleThread } from './idle-thread.js';

/** Events to many, and how many do not count before: the programs compile what they do often. */
export const FAN_OUT = { listeners: 1_000, events: 100, warmUp: 10 } as const;

/** Where the time of events went. */
export interface FanOut {
  /** Milliseconds from the call that made an event until a listener had it: of each event and listener. */
  readonly heardMs: readonly number[];
  /** CPU time for an event, waiting for the next included, in milliseconds. */
  readonly cpuMs: { readonly coordinator: number; readonly clients: number };
  /** The event that took longest. */
  readonly worst: Event;
}

/** One event, in milliseconds from the call. */
interface Event {
  /** Until the first listener had it: it was durable before. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** The longest that the machine kept a thread waiting that had nothing to do, meanwhile. */
  readonly heldUpMs: number;
}

/** Has everybody listen at an address, and times events one by one; `cause` makes the one of that number. */
export async function fanOut(
  address: string,
  coordinatorPid: number,
  cause: (event: number) => Promise<unknown>,
): Promise<FanOut> {
  const crowd = await Crowd.connect(address, FAN_OUT.listeners);
  const idle = new IdleThread();
  try {
    const heardMs: number[] = [];
    const events: Event[] = [];
    for (let event = 0; event < FAN_OUT.warmUp; event += 1) await crowd.time('host_labelled', () => cause(event));
    const began = await cpuOf(coordinatorPid);
    for (let event = 0; event < FAN_OUT.events; event += 1) {
      await idle.heldUpMs();
      const times = await crowd.time('host_labelled', () => cause(FAN_OUT.warmUp + event));
      events.push({ firstMs: times[0] ?? NaN, lastMs: times.at(-1) ?? NaN, heldUpMs: await idle.heldUpMs() });
      heardMs.push(...times);
      await sleep(100);
    }
    const ended = await cpuOf(coordinatorPid);
    const cpuMs = {
      coordinator: (ended.coordinator - began.coordinator) / FAN_OUT.events,
      clients: (ended.clients - began.clients) / FAN_OUT.events,
    };
    return { heardMs, cpuMs, worst: events.reduce((worst, event) => (event.lastMs > worst.lastMs ? event : worst)) };
  } finally {
    crowd.close();
    await idle.stop();
  }
}

/** Says of events what there is to say beside the figures. */
export function noteOf({ heardMs, worst }: FanOut): string {
  const [first, last, heldUp] = [worst.firstMs, worst.lastMs, worst.heldUpMs].map((ms) => ms.toFixed(0));
  const long = 2 * percentile(heardMs, 0.9);
  const late = heardMs.filter((ms) => ms > long).length;
  return [
    `of the event that took longest the first listener heard after ${String(first)} ms and the last after ${String(last)} ms, while a thread that had`,
    `nothing to do was held up for ${String(heldUp)} ms; ${String(late)} of ${String(heardMs.length)} hearings took more than twice what 90 of 100 took`,
  ].join(' ');
}

/** In milliseconds since each began. */
async function cpuOf(coordinatorPid: number): Promise<{ readonly coordinator: number; readonly clients: number }> {
  const { user, system } = process.cpuUsage();
  return { coordinator: (await cpuSeconds(coordinatorPid)) * 1000, clients: (user + system) / 1000 };
}
