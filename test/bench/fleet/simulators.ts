import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../report.js';
import type { SimulationCounts } from '../../support/simulated/simulation.js';

/** What a simulator process is told at its start; agents `range[0]` to below `range[1]` are its own. */
export interface SimulatorSetup {
  readonly agents: number;
  readonly instances: number;
  readonly usageInstances: number;
  /** Connections that each process may have under way at once. */
  readonly dials: number;
  readonly range: readonly [number, number];
}

/** An order to a simulator process; agents by their place in its range. */
export type SimulatorOrder =
  /** With the data folder of the coordinator, to be certified by, where it speaks mutual TLS. */
  | { readonly kind: 'connect'; readonly address: string; readonly certifier: string | undefined }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'freeze' | 'rest' | 'wake'; readonly from: number; readonly to: number };

const PROGRAM = join(import.meta.dirname, 'simulator/main.ts');
const PROCESSES = 2;
/** Whoever waits for long is told how far things are. */
const PROGRESS_MS = 5_000;

interface Simulator {
  readonly child: ChildProcess;
  readonly range: readonly [number, number];
  counts: SimulationCounts | undefined;
}

/** The simulated agents, in two processes. */
export class Simulators implements AsyncDisposable {
  readonly #simulators: Simulator[];

  constructor(setup: Omit<SimulatorSetup, 'range'>) {
    this.#simulators = Array.from({ length: PROCESSES }, (_, index) => {
      const bound = (at: number): number => Math.floor((setup.agents * at) / PROCESSES);
      const range = [bound(index), bound(index + 1)] as const;
      const child = fork(PROGRAM, [JSON.stringify({ ...setup, range })], { execArgv: ['--import', 'tsx'] });
      const simulator: Simulator = { child, range, counts: undefined };
      child.on('message', (counts) => {
        simulator.counts = counts as SimulationCounts; // as simulator/main.ts sends them
      });
      return simulator;
    });
  }

  /** The sum of all figures; the latest of the times. */
  get counts(): SimulationCounts {
    const all = this.#simulators.flatMap(({ counts }) => counts ?? []);
    const sum = (read: (counts: SimulationCounts) => number): number =>
      all.reduce((total, one) => total + read(one), 0);
    return {
      connected: sum(({ connected }) => connected),
      synced: sum(({ synced }) => synced),
      running: sum(({ running }) => running),
      starts: sum(({ starts }) => starts),
      drops: sum(({ drops }) => drops),
      deltas: sum(({ deltas }) => deltas),
      batches: sum(({ batches }) => batches),
      gaps: sum(({ gaps }) => gaps),
      ends: sum(({ ends }) => ends),
      changedAtMs: Math.max(0, ...all.map(({ changedAtMs }) => changedAtMs)),
      toldAtMs: Math.max(0, ...all.map(({ toldAtMs }) => toldAtMs)),
      lastEnd: all.map(({ lastEnd }) => lastEnd).find((why) => why !== '') ?? '',
    };
  }

  get pids(): number[] {
    return this.#simulators.map(({ child }) => child.pid ?? 0);
  }

  /** Has all agents connect to this address, or the first of some with commas that takes them, and stay connected; by mutual TLS where a data folder of a coordinator is named. */
  connect(address: string, certifier: string | undefined): void {
    for (const { child } of this.#simulators)
      child.send({ kind: 'connect', address, certifier } satisfies SimulatorOrder);
  }

  disconnect(): void {
    for (const { child } of this.#simulators) child.send({ kind: 'disconnect' } satisfies SimulatorOrder);
  }

  /** Agents `from` to below `to` fall silent, break off, or come back. */
  order(kind: 'freeze' | 'rest' | 'wake', from: number, to: number): void {
    for (const { child, range } of this.#simulators) {
      const [first, end] = [Math.max(from, range[0]), Math.min(to, range[1])];
      if (first < end) child.send({ kind, from: first - range[0], to: end - range[0] } satisfies SimulatorOrder);
    }
  }

  /** Waits until the figures are as wanted and answers the time of the last change; throws after `timeoutMs`. */
  async until(what: string, wanted: (counts: SimulationCounts) => boolean, timeoutMs: number): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (let toldAt = performance.now(); performance.now() < deadline;) {
      if (performance.now() - toldAt > PROGRESS_MS) {
        toldAt = performance.now();
        say(`  until ${what}: ${JSON.stringify(this.counts)}`);
      }
      const ended = this.#simulators.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
      if (ended !== undefined)
        throw new Error(`a simulator has ended: ${String(ended.child.exitCode ?? ended.child.signalCode)}`);
      if (wanted(this.counts)) return this.counts.changedAtMs;
      await sleep(20);
    }
    throw new Error(`waited ${String(timeoutMs)} ms in vain until ${what}: ${JSON.stringify(this.counts)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#simulators.map(
        ({ child }) =>
          new Promise((resolve) => {
            child.once('exit', resolve);
            child.kill('SIGKILL');
          }),
      ),
    );
  }
}
