import { cpus, loadavg, totalmem } from 'node:os';

/** What a benchmark found; every figure's unit is in its key. */
export interface BenchResult {
  readonly bench: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}

/** Prints the result as one JSON object on the last line of standard output. */
export function printResult({ bench, metrics, notes }: BenchResult): void {
  const machine = {
    cpuModel: cpus()[0]?.model ?? '',
    cpus: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load1: round(loadavg()[0] ?? 0),
  };
  const rounded = Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, round(value)]));
  process.stdout.write(
    `${JSON.stringify({ bench, at: new Date().toISOString(), machine, metrics: rounded, notes })}\n`,
  );
}

/** The middle of some figures; NaN of none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

/** The figure that so large a share of some figures is at most; the largest of few. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Tells progress to people, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
