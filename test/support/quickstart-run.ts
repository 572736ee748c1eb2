import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Engine } from '../../deploy/quickstart/engine.js';
import { EXAMPLE_IMAGE } from '../../deploy/quickstart/example-image.js';
import { HOST_ID_PREFIX } from '../../deploy/quickstart/small-fleet.js';
import { dockerSocket } from './docker.js';
import { natsUrl } from './nats.js';
import { waitFor } from './wait-for.js';

const PROGRAMS = join(import.meta.dirname, '../../deploy/bootstrap');
const COMMAND = join(import.meta.dirname, '../../dist/coordinator/cli/main.js');
const MARK = 'QUICKSTART_TEST_MARK';

/** What the quickstart prints with `--json`, as far as tests look at it. */
export interface QuickstartState {
  readonly settled: boolean;
  readonly runtime: string;
  readonly addresses: {
    readonly coordinator: string;
    readonly identity: string;
    readonly metrics: string;
    readonly nats: string | null;
  };
  readonly hosts: readonly { readonly id: string; readonly name: string; readonly state: string }[];
  readonly miners: readonly {
    readonly name: string;
    readonly priority: number;
    readonly counts: { readonly desired: number; readonly running: number; readonly pending: number };
    readonly why: { readonly reason: string; readonly text: string } | null;
  }[];
  readonly instances: readonly {
    readonly id: string;
    readonly state: string;
    readonly health: string;
    readonly host: string | null;
    readonly containerId: string;
    readonly ports: readonly { readonly name: string; readonly hostPort: number }[];
  }[];
}

/** What a command prints, run as another user of the quickstart's fleet. */
export async function headframe({ addresses }: QuickstartState, args: readonly string[]): Promise<string> {
  const env = { ...process.env, HEADFRAME_ADDRESS: addresses.coordinator, HEADFRAME_IDENTITY: addresses.identity };
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env, timeout: 30_000 });
  return stdout;
}

/** The quickstart, or what is like it, as a user starts it, with its own folder for temporary files. */
export class QuickstartRun {
  readonly #mark = randomUUID();
  readonly #temp: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  /** Whether the image was there already: then it is not the quickstart's to remove. */
  readonly #imageBefore: Promise<boolean>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], temp: string, program: 'quickstart' | 'cluster-demo' = 'quickstart') {
    this.#temp = temp;
    this.#imageBefore = new Engine(dockerSocket).image(EXAMPLE_IMAGE).then((image) => image !== undefined);
    const env = { ...process.env, DOCKER_HOST: `unix://${dockerSocket}`, TMPDIR: temp, [MARK]: this.#mark };
    const newNats = process.env.HEADFRAME_TEST_NATS_SERVER ?? '';
    const nats = {
      ...(natsUrl !== '' && { NATS_URL: natsUrl }),
      ...(newNats !== '' && { HEADFRAME_NATS_SERVER: newNats }),
    };
    const path = join(PROGRAMS, `${program}.mjs`);
    this.#child = spawn(process.execPath, [path, ...args], { env: { ...env, ...nats }, stdio: 'pipe' });
    this.#child.stdout?.on('data', (chunk) => (this.#stdout += String(chunk)));
    this.#child.stderr?.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        resolve(code ?? -1);
      });
    });
  }

  /** What it has printed as its results. */
  get printed(): string {
    return this.#stdout;
  }

  /** What it said, for messages of failed expectations. */
  get told(): string {
    return this.#stderr;
  }

  /** Its exit code, once it has ended. */
  end(): Promise<number> {
    return this.#ended;
  }

  /** Waits until it has said this. */
  async says(text: string, timeoutMs: number): Promise<void> {
    await waitFor(
      text,
      () => {
        if (this.#child.exitCode !== null) throw new Error(this.#stderr);
        return this.#stderr.includes(text);
      },
      timeoutMs,
    );
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** The last line of its output, once that is the final state. */
  async state(timeoutMs: number): Promise<QuickstartState> {
    return waitFor(
      'the final state',
      () => {
        if (this.#child.exitCode !== null && this.#child.exitCode !== 0) throw new Error(this.#stderr);
        const line = this.#stdout.trimEnd().split('\n').at(-1) ?? '';
        // Printed whole by the program under test, whose tests state its form.
        return line.startsWith('{') ? (JSON.parse(line) as QuickstartState) : undefined;
      },
      timeoutMs,
    );
  }

  /** Process ids of all that it started and that still runs, by what is in their command lines. */
  processes(words: string): number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids
      .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(`${MARK}=${this.#mark}`))
      .filter((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(words))
      .map(Number);
  }

  /** All that is left of it: processes, containers, the image, temporary files. */
  async leftovers(): Promise<string[]> {
    const engine = new Engine(dockerSocket);
    const all = await engine.containers('headframe.host');
    const containers = all.filter(({ labels }) => labels['headframe.host']?.startsWith(HOST_ID_PREFIX));
    const image = (await this.#imageBefore) ? undefined : await engine.image(EXAMPLE_IMAGE);
    return [
      ...this.processes('').map((pid) => `process ${String(pid)}`),
      ...containers.map(({ id }) => `container ${id}`),
      ...(image === undefined ? [] : [EXAMPLE_IMAGE]),
      ...readdirSync(this.#temp).filter((name) => name.startsWith('headframe')),
    ];
  }

  /** Ends it whatever its state; for the end of a failed test. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.interrupt();
    await this.#ended;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended meanwhile
  }
}
