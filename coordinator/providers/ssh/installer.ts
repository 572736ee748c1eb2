import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../../common/model/clock.js';
import type { HeadframeError } from '../../../common/model/error.js';
import type { MachineRecord } from '../../../common/model/machine.js';
import { formatBytes } from '../../../common/model/units.js';
import type { Labels } from '../../../common/model/miner.js';
import type { FleetReader } from '../../fleet/port.js';
import type { ProviderWork } from '../port.js';
import { failureOf, sshFailure } from './failure.js';
import { INSTALL, LOOK, REMOVE, TAKE_PACKAGE, withValues } from './scripts.js';
import type { RunSsh, SshOutcome, SshRun, SshTarget } from './ssh-client.js';

/** A token with which one host may join once. */
export interface JoinToken {
  readonly id: string;
  /** Id and secret. */
  readonly shown: string;
  /** Digest of the authority that the host is to trust. */
  readonly authority: string;
}

/** Makes tokens, and revokes those that were of no use. */
export interface JoinTokens {
  create(wish: { readonly labels: Labels; readonly ttlMs: number }): Promise<JoinToken>;
  revoke(id: string): Promise<void>;
}

/** What agents are installed with. */
export interface InstallerParts {
  readonly fleet: Pick<FleetReader, 'host'>;
  readonly tokens: JoinTokens;
  readonly runSsh: RunSsh;
  readonly clock: Clock;
}

/** How agents are installed; times in milliseconds. */
export interface InstallTerms {
  /** At which machines reach the coordinator. */
  readonly coordinator: string;
  /** A Debian package on this machine. */
  readonly packageFile: string;
  /** A shell script that root runs on the machine first; undefined for none. */
  readonly prepareFile?: string | undefined;
  /** Settings of each agent, by their flags without the dashes. */
  readonly agentSettings: Readonly<Record<string, string>>;
  /** Until a machine lets somebody in for the first time. */
  readonly reachMs: number;
  /** For each step on it, and until it is a host. */
  readonly stepMs: number;
}

/** Between two tries to reach a machine, and two looks at whether it has joined. */
const AGAIN_MS = 5_000;
const LOOK_MS = 500;
/** Unpacked, and once more as the release that the service runs. */
const PACKED_TIMES = 8;
/** The service is waited for on the machine for so long, in seconds, and not beyond a step. */
const SERVICE_WAIT_S = 120;

/**
 * Makes hosts of machines that are reached by SSH, and undoes it. The id of the host is that of the machine, so that whatever a
 * restart cuts short is known again: each step may be done once more, and one that is done changes nothing.
 */
export class Installer {
  readonly #parts: InstallerParts;
  readonly #terms: InstallTerms;

  constructor(parts: InstallerParts, terms: InstallTerms) {
    this.#parts = parts;
    this.#terms = terms;
  }

  /** Installs the agent and waits until it is a ready host, whose id it gives. Throws `HeadframeError` with what is in the way. */
  async install(machine: MachineRecord, target: SshTarget, labels: Labels, work: ProviderWork): Promise<string> {
    const { id } = machine;
    if (this.#isReady(id)) return id;
    const { packageFile, prepareFile } = this.#terms;
    const at: Place = { machine: id, target, work };
    await work.tell({ text: 'It is looked at.' });
    const { digest, bytes } = await digestOf(packageFile);
    const there = await this.#look(at, bytes);
    if (there !== digest) {
      await work.tell({ text: `The package is copied (${formatBytes(bytes)}).` });
      await this.#run(at, 'the package is copied', {
        command: asRoot(target, TAKE_PACKAGE),
        input: { file: packageFile },
      });
    }
    if (prepareFile !== undefined) {
      await work.tell({ text: 'It is prepared.' });
      const input = await readable(prepareFile, () => readFile(prepareFile, 'utf8'));
      await this.#run(at, 'it is prepared', { command: asRoot(target), input });
    }
    await this.#join(at, digest, { ...labels });
    await work.tell({ text: 'The agent joins.' });
    await this.#awaitReady(id, work.signal);
    return id;
  }

  /** Takes away what `install` has brought, whole or half. Throws `HeadframeError` where the machine cannot be reached. */
  async remove(machine: MachineRecord, target: SshTarget, work: ProviderWork): Promise<void> {
    await work.tell({ text: 'The agent is removed.' });
    const at = { machine: machine.id, target, work };
    const input = withValues(REMOVE, { machine: machine.id });
    await this.#run(at, 'the agent is removed', { command: asRoot(target), input });
  }

  /** The digest of the package that is there, '' for none; asked again while nobody answers. */
  async #look(at: Place, packageBytes: number): Promise<string> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + this.#terms.reachMs;
    const needed = String(Math.ceil((packageBytes * PACKED_TIMES) / 1024));
    const input = withValues(LOOK, { machine: at.machine, needed_kib: needed });
    for (;;) {
      const outcome = await this.#outcome(at, { command: asRoot(at.target), input });
      const failure = failureOf(at.target, outcome, 'it is looked at');
      if (failure === undefined) return /^@digest ([0-9a-f]{64})$/m.exec(outcome.stdout)?.[1] ?? '';
      if (failure.reason !== 'machine_unreachable' || clock.monotonicMs() >= untilMs) throw failure;
      await at.work.tell({ text: `It does not answer yet: ${failure.message}` });
      await clock.sleep(AGAIN_MS, at.work.signal);
    }
  }

  async #join(at: Place, digest: string, labels: Labels): Promise<void> {
    const { tokens } = this.#parts;
    const { coordinator, agentSettings, stepMs } = this.#terms;
    // It outlives the step, for a slow machine, and no more.
    const token = await tokens.create({ labels, ttlMs: Math.max(60_000, 2 * stepMs) });
    try {
      const wait = String(Math.min(SERVICE_WAIT_S, Math.ceil(stepMs / 1000)));
      const { shown, authority } = token;
      const values = { machine: at.machine, digest, coordinator, token: shown, authority, wait };
      const settings = Object.entries(agentSettings).map(([name, value]) => `--${name}=${value}`);
      const input = withValues(INSTALL, values, settings);
      await this.#run(at, 'the agent is installed', { command: asRoot(at.target), input });
    } finally {
      await tokens.revoke(token.id);
    }
  }

  async #awaitReady(hostId: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + this.#terms.stepMs;
    while (!this.#isReady(hostId)) {
      if (clock.monotonicMs() >= untilMs) throw notEnrolled(hostId, this.#parts.fleet.host(hostId)?.state);
      await clock.sleep(LOOK_MS, signal);
    }
  }

  #isReady(hostId: string): boolean {
    return this.#parts.fleet.host(hostId)?.state === 'ready';
  }

  async #run(at: Place, what: string, run: Pick<SshRun, 'command' | 'input'>): Promise<void> {
    const failure = failureOf(at.target, await this.#outcome(at, run), what);
    if (failure !== undefined) throw failure;
  }

  async #outcome({ target, work }: Place, run: Pick<SshRun, 'command' | 'input'>): Promise<SshOutcome> {
    const onLine = (line: string): void => {
      const [, text] = /^@say (.{1,200})$/.exec(line) ?? [];
      // Whether it is kept is of no matter to what goes on there.
      if (text !== undefined) void work.tell({ text }).catch(() => undefined);
    };
    try {
      return await this.#parts.runSsh(target, { ...run, timeoutMs: this.#terms.stepMs, onLine }, work.signal);
    } catch (error) {
      work.signal.throwIfAborted();
      throw sshFailure('ssh_missing', `the SSH client cannot be run here: ${textOf(error)}`, error);
    }
  }
}

interface Place {
  readonly machine: string;
  readonly target: SshTarget;
  readonly work: ProviderWork;
}

/** Makes the folder in which keys of machines are kept. */
export async function makeKnownHosts(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Runs a command, or without one a script that comes as input, as root, with no password asked for. */
function asRoot({ user }: SshTarget, command?: string): string {
  const shell = command === undefined ? '/bin/sh -s' : `/bin/sh -c '${command}'`;
  return user === 'root' ? `exec ${shell}` : `exec sudo -n -- ${shell}`;
}

async function digestOf(path: string): Promise<{ readonly digest: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  const { size } = await readable(path, () => stat(path));
  await readable(path, () => pipeline(createReadStream(path), hash));
  return { digest: hash.digest('hex'), bytes: size };
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw sshFailure('provider_file_unreadable', `${path} cannot be read: ${textOf(error)}`, error);
  }
}

function notEnrolled(hostId: string, state: string | undefined): HeadframeError {
  const how = state === undefined ? 'has not joined' : `has joined and is ${state}`;
  return sshFailure('machine_not_enrolled', `the agent is installed, but the host ${hostId} ${how}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
