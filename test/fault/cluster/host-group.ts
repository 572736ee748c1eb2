import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HistoryEvent } from '../../support/cluster-history/history.js';
import type { SwitchedMachine } from '../../support/network-switch.js';

const PROCESS = join(import.meta.dirname, 'host-process.ts');

/** Where a group of hosts lives, and whom its agents call. */
export interface HostGroupParts {
  readonly machine: SwitchedMachine;
  readonly hosts: readonly string[];
  /** Of their agents, by name. */
  readonly folder: string;
  /** With commas. */
  readonly coordinators: string;
  readonly note: (event: HistoryEvent) => void;
}

/** Hosts behind one cable, their real agents in one process around engines in memory. */
export class HostGroup implements AsyncDisposable {
  readonly machine: SwitchedMachine;
  readonly hosts: readonly string[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor({ machine, hosts, folder, coordinators, note }: HostGroupParts) {
    this.machine = machine;
    this.hosts = hosts;
    const program = [process.execPath, '--import', 'tsx', PROCESS, coordinators, folder, ...hosts];
    const child = spawn('nsenter', [`--net=/run/netns/${machine.name}`, '--', ...program], { stdio: 'pipe' });
    child.stderr.pipe(createWriteStream(join(folder, `${hosts.join('-')}.log`)));
    createInterface(child.stdout).on('line', (line) => {
      note(JSON.parse(line) as HistoryEvent); // what `host-process.ts` writes
    });
    this.#child = child;
    this.#ended = once(child, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await this.#ended;
    clearTimeout(late);
  }
}
