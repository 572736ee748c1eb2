import { execFile, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { SwitchedMachine } from '../../support/network-switch.js';

const exec = promisify(execFile);

const PYTHON = process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3';
const PROCESS = join(import.meta.dirname, 'bad-wire.py');
let queues = 0;

/** How bad a wire is. */
interface Badness {
  /** 0 to 1, of packets. */
  readonly lost: number;
  /** 0 to 1, of packets. */
  readonly doubled: number;
  /** Least and most that a packet is held, each for as long as chance has it, so that one overtakes another. */
  readonly delayMs: readonly [number, number];
}

/** What became of packets. */
export interface WireFigures {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly overtaken: number;
}

/**
 * A wire between a machine and others that loses, doubles and delays some of what passes, both ways. Packets are held by a
 * process that the machine's packet filter asks: `tc netem`, which kernels of small virtual machines lack, is not needed.
 */
export class BadWire {
  readonly #machine: SwitchedMachine;
  readonly #rules: readonly string[];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncGenerator<string, undefined>;

  constructor(machine: SwitchedMachine, peers: readonly string[], { lost, doubled, delayMs }: Badness) {
    this.#machine = machine;
    queues += 1;
    this.#rules = peers.flatMap((peer) => rulesOf(machine, peer, queues, doubled));
    const process = [PYTHON, PROCESS, ...[queues, lost, ...delayMs].map(String)];
    this.#child = spawn('nsenter', [...within(machine), ...process], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = linesOf(this.#child.stdout);
  }

  static async lay(machine: SwitchedMachine, peers: readonly string[], badness: Badness): Promise<BadWire> {
    const wire = new BadWire(machine, peers, badness);
    await wire.#line();
    await wire.#apply('-A');
    return wire;
  }

  /** Lets everything pass again, also what is held, and tells what was done. */
  async mend(): Promise<WireFigures> {
    const doubled = await this.#doubled().finally(() => this.#apply('-D'));
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    const told = JSON.parse(await this.#line()) as Omit<WireFigures, 'doubled'>; // what `bad-wire.py` says
    await closed;
    return { ...told, doubled };
  }

  /** All at once. */
  async #apply(change: '-A' | '-D'): Promise<void> {
    const lines = ['*mangle', ...this.#rules.map((rule) => `${change} ${rule}`), 'COMMIT', ''];
    const restoring = exec('nsenter', [...within(this.#machine), 'iptables-restore', '-w', '--noflush']);
    restoring.child.stdin?.end(lines.join('\n'));
    await restoring;
  }

  async #doubled(): Promise<number> {
    const list = ['iptables', '-w', '-t', 'mangle', '-nvxL'];
    const { stdout } = await exec('nsenter', [...within(this.#machine), ...list]);
    const counts = stdout.split('\n').map((line) => Number(/^ *(\d+) +\d+ +TEE /.exec(line)?.[1] ?? 0));
    return counts.reduce((sum, packets) => sum + packets, 0);
  }

  async #line(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the process that holds packets has ended');
    return line.value;
  }
}

/** In the table that goes before the filter, so that what is cut stays cut. */
function rulesOf({ address }: SwitchedMachine, peer: string, queue: number, doubled: number): string[] {
  const double = `-m statistic --mode random --probability ${String(doubled)} -j TEE --gateway`;
  const hold = `-j NFQUEUE --queue-num ${String(queue)} --queue-bypass`;
  return [
    ...[`OUTPUT -d ${peer} ${double} ${peer}`, `OUTPUT -d ${peer} ${hold}`],
    ...[`INPUT -s ${peer} ${double} ${address}`, `INPUT -s ${peer} ${hold}`],
  ];
}

function within({ name }: SwitchedMachine): string[] {
  return [`--net=/run/netns/${name}`, '--'];
}

async function* linesOf(input: Readable): AsyncGenerator<string, undefined> {
  yield* createInterface({ input });
}
