import type { NatsScaleMetric } from '../../common/model/autoscale.js';
import type { Clock } from '../../common/model/clock.js';
import { parseInstanceId } from '../../common/model/instance.js';
import { numberAtPath, valueAtPath } from '../../common/model/value-path.js';
import type { MessageBus } from '../../common/observe/bus.js';

interface Value {
  readonly value: number;
  readonly atMs: number;
}

interface Listening {
  readonly metric: NatsScaleMetric;
  readonly unsubscribe: () => void;
  /** By serial; 0 stands for the total. */
  readonly values: Map<number, Value>;
  /** What was wrong with the last message that could not be read. */
  misread: string;
}

/** What the values are heard by and judged with. */
export interface NatsValuesParts {
  /** Absent when no NATS server is configured. */
  readonly bus: Pick<MessageBus, 'connected' | 'subscribe'> | undefined;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether this is an instance of the miner now; values of others are not kept. */
  readonly isInstanceOf: (miner: string, serial: number) => boolean;
}

/** Subjects that are heard at once: each costs the server and this program. */
const MOST_SUBSCRIPTIONS = 1000;
/** A figure and a name need less; of many instances each may publish every second. */
const BOUNDS = { maxBytes: 16 * 1024, maxPerSecond: 5000 } as const;

const decoder = new TextDecoder();

/** Hears what miners publish for their autoscaling, the latest value of each. */
export class NatsValues {
  readonly #parts: NatsValuesParts;
  readonly #heard = new Map<string, Listening>();

  constructor(parts: NatsValuesParts) {
    this.#parts = parts;
  }

  /** Hears these metrics from now on and no others; values of what stays are kept. */
  follow(wanted: Iterable<{ readonly miner: string; readonly metric: NatsScaleMetric }>): void {
    const gone = new Set(this.#heard.keys());
    for (const { miner, metric } of wanted) {
      const key = keyOf(miner, metric);
      const listening = this.#heard.get(key);
      gone.delete(key);
      if (listening === undefined) this.#listen(key, miner, metric);
      else this.#dropGone(listening, miner);
    }
    for (const key of gone) this.#forget(key);
  }

  /** The latest value of a metric: its total, or of one instance; a text tells why there is none. */
  read(miner: string, metric: NatsScaleMetric, serial = 0): number | string {
    const { bus, clock } = this.#parts;
    if (bus === undefined) return 'the coordinator has no NATS server configured';
    const listening = this.#heard.get(keyOf(miner, metric));
    if (listening === undefined) return 'too many subjects are heard already';
    const found = listening.values.get(serial);
    if (found !== undefined && clock.monotonicMs() - found.atMs <= metric.maxAgeMs) return found.value;
    if (!bus.connected) return 'no NATS server answers';
    if (listening.misread !== '') return listening.misread;
    return found === undefined ? 'nothing was published' : 'nothing was published for longer than maxAge';
  }

  /** Hears nothing any more. */
  close(): void {
    for (const key of [...this.#heard.keys()]) this.#forget(key);
  }

  #listen(key: string, miner: string, metric: NatsScaleMetric): void {
    const { bus } = this.#parts;
    if (bus === undefined || this.#heard.size >= MOST_SUBSCRIPTIONS) return;
    const unsubscribe = bus.subscribe(metric.subject, BOUNDS, (data) => {
      listening.misread = this.#take(listening, miner, data);
    });
    const listening: Listening = { metric, unsubscribe, values: new Map(), misread: '' };
    this.#heard.set(key, listening);
  }

  /** Keeps a message's value; answers what is wrong with it, '' for nothing. */
  #take({ metric, values }: Listening, miner: string, data: Uint8Array): string {
    const payload = parse(data);
    const value = numberAtPath(payload, metric.field);
    if (value === undefined) return `no number at ${metric.field} in what was published`;
    const serial = metric.per === 'total' ? 0 : this.#serialIn(payload, miner, metric.instanceField);
    if (serial === undefined) return `no instance of the miner at ${metric.instanceField} in what was published`;
    values.set(serial, { value, atMs: this.#parts.clock.monotonicMs() });
    return '';
  }

  #serialIn(payload: unknown, miner: string, field: string): number | undefined {
    const id = valueAtPath(payload, field);
    const parsed = typeof id === 'string' ? parseInstanceId(id) : undefined;
    if (parsed?.miner !== miner || !this.#parts.isInstanceOf(miner, parsed.serial)) return undefined;
    return parsed.serial;
  }

  #dropGone({ values }: Listening, miner: string): void {
    for (const serial of values.keys()) {
      if (serial !== 0 && !this.#parts.isInstanceOf(miner, serial)) values.delete(serial);
    }
  }

  #forget(key: string): void {
    this.#heard.get(key)?.unsubscribe();
    this.#heard.delete(key);
  }
}

/** Targets, bounds and ages may change without a value being lost. */
function keyOf(miner: string, { subject, field, per, instanceField }: NatsScaleMetric): string {
  return JSON.stringify([miner, subject, field, per, instanceField]);
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    return undefined; // told as a value that is not there
  }
}
