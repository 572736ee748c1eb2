/** What something used at a time: CPUs, bytes, and bytes a second of the network. */
export interface Sample {
  readonly atMs: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Undefined until a second reading says how much came between. */
  readonly receivedPerS: number | undefined;
  readonly sentPerS: number | undefined;
}

/** One reading; the network as totals since a start. */
export interface Reading {
  readonly atMs: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Twenty minutes of a reading every two seconds. */
const MOST_SAMPLES = 600;
/** Readings further apart say nothing of a rate. */
const MOST_GAP_MS = 120_000;
/** The same reading again, within it, is the same report told twice. */
const TOLD_TWICE_MS = 15_000;

/** What several things used of late, by their id, as far as it was read since the page was opened. */
export class SampleBook {
  readonly #histories = new Map<string, { last: Reading; samples: Sample[] }>();

  /** The samples of one, the oldest first. */
  of(id: string): readonly Sample[] {
    return this.#histories.get(id)?.samples ?? [];
  }

  /** The newest sample of one. */
  last(id: string): Sample | undefined {
    return this.of(id).at(-1);
  }

  /** Takes the sum of the newest samples of several as a sample of its own. */
  addSum(id: string, atMs: number, of: readonly string[]): void {
    const samples = of.flatMap((one) => this.last(one) ?? []);
    if (samples.length === 0) return;
    const sum = samples.reduce((total, sample) => ({
      ...{ atMs, cpus: total.cpus + sample.cpus, memoryBytes: total.memoryBytes + sample.memoryBytes },
      receivedPerS: plus(total.receivedPerS, sample.receivedPerS),
      sentPerS: plus(total.sentPerS, sample.sentPerS),
    }));
    const known = this.#histories.get(id) ?? { last: { ...sum, receivedBytes: 0, sentBytes: 0 }, samples: [] };
    known.samples.push({ ...sum, atMs });
    if (known.samples.length > MOST_SAMPLES) known.samples.shift();
    this.#histories.set(id, known);
  }

  /** Takes a reading; one that is not newer than the last, or the same soon after, is left out. */
  add(id: string, reading: Reading): void {
    const known = this.#histories.get(id);
    if (known === undefined) {
      this.#histories.set(id, { last: reading, samples: [sampleOf(undefined, reading)] });
      return;
    }
    if (reading.atMs <= known.last.atMs || isToldTwice(known.last, reading)) return;
    known.samples.push(sampleOf(known.last, reading));
    if (known.samples.length > MOST_SAMPLES) known.samples.splice(0, known.samples.length - MOST_SAMPLES);
    known.last = reading;
  }

  /** Forgets what is gone. */
  keepOnly(isThere: (id: string) => boolean): void {
    for (const id of [...this.#histories.keys()]) if (!isThere(id)) this.#histories.delete(id);
  }
}

/** The sum of what is known. */
function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : a + b;
}

function isToldTwice(last: Reading, { atMs, ...reading }: Reading): boolean {
  const isSame =
    last.cpus === reading.cpus &&
    last.memoryBytes === reading.memoryBytes &&
    last.receivedBytes === reading.receivedBytes &&
    last.sentBytes === reading.sentBytes;
  return isSame && atMs - last.atMs < TOLD_TWICE_MS;
}

function sampleOf(before: Reading | undefined, reading: Reading): Sample {
  const { atMs, cpus, memoryBytes } = reading;
  const betweenMs = before === undefined ? Infinity : atMs - before.atMs;
  const rate = (now: number, then: number): number | undefined =>
    // Totals begin anew with each start.
    betweenMs > MOST_GAP_MS || now < then ? undefined : ((now - then) / betweenMs) * 1000;
  return {
    ...{ atMs, cpus, memoryBytes },
    receivedPerS: rate(reading.receivedBytes, before?.receivedBytes ?? 0),
    sentPerS: rate(reading.sentBytes, before?.sentBytes ?? 0),
  };
}
