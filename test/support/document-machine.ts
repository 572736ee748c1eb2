import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../deploy/quickstart/engine.js';
import { EXAMPLE_IMAGE } from '../../deploy/quickstart/example-image.js';
import { findFreePort, findPortRanges } from '../../deploy/quickstart/ports.js';
import { dockerSocket } from './docker.js';
import { PROGRAM } from './program.js';
import { waitFor } from './wait-for.js';

const ENDING_MS = 20_000;
const ROOT = join(import.meta.dirname, '../..');

/** How a script ended. */
export interface ScriptResult {
  readonly code: number;
  /** Both streams, as a person sees them. */
  readonly output: string;
}

/**
 * A home and a clone in which commands of the documents run as they are written, at a port that nobody else uses. The
 * programs read the usual variables, so that the commands need not be changed.
 */
export class DocumentMachine {
  readonly folder: string;
  /** `host:port` at which a coordinator started here listens. */
  readonly address: string;
  /** Of an agent started here, as of no other on this machine. */
  readonly #hostId = `documents-${randomBytes(3).toString('hex')}`;
  readonly #env: NodeJS.ProcessEnv;
  readonly #engine = new Engine(dockerSocket);

  constructor(folder: string, address: string, portRange: string) {
    this.folder = folder;
    this.address = address;
    this.#env = {
      ...process.env,
      HOME: folder,
      PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
      DOCKER_HOST: `unix://${dockerSocket}`,
      HEADFRAME_ADDRESS: address,
      HEADFRAME_COORDINATOR_LISTEN: address,
      HEADFRAME_AGENT_COORDINATOR: address,
      HEADFRAME_AGENT_HOST_ID: this.#hostId,
      HEADFRAME_AGENT_DOCKER_SOCKET: dockerSocket,
      HEADFRAME_AGENT_PORT_RANGE: portRange,
    };
  }

  static async open(): Promise<DocumentMachine> {
    const folder = await mkdtemp(join(tmpdir(), 'headframe-test-'));
    await mkdir(join(folder, 'bin'));
    for (const name of ['deploy', 'proto']) await symlink(join(ROOT, name), join(folder, name));
    await symlink(PROGRAM, join(folder, 'bin/headframe'));
    await symlink(process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3', join(folder, 'bin/python3'));
    const [ports] = await findPortRanges(1, 50);
    const range = `${String(ports?.start)}-${String(ports?.end)}`;
    return new DocumentMachine(folder, `127.0.0.1:${String(await findFreePort())}`, range);
  }

  /** Runs a shell script to its end; what it leaves running is killed and counts as a failure. */
  async run(script: string, timeoutMs: number): Promise<ScriptResult> {
    const child = spawn('bash', ['-eu', '-c', script], { cwd: this.folder, env: this.#env, detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const group = -(child.pid ?? 0);
    const timer = setTimeout(() => process.kill(group, 'SIGKILL'), timeoutMs);
    const code = await new Promise<number>((resolve) => {
      child.once('exit', (exitCode) => {
        resolve(exitCode ?? -1);
      });
    });
    clearTimeout(timer);
    const ended = await waitFor('its programs to end', () => !isAlive(group), ENDING_MS).catch(() => false);
    if (!ended) process.kill(group, 'SIGKILL');
    return { code: ended ? code : -1, output: ended ? output : `${output}\nand left programs running` };
  }

  /** Ids of the containers that there are of its miners. */
  async containers(): Promise<readonly string[]> {
    const found = await this.#engine.containers(`headframe.host=${this.#hostId}`);
    return found.map(({ id }) => id);
  }

  /** Removes what is left: containers, the example image, the folder. */
  async close(): Promise<void> {
    for (const id of await this.containers()) await this.#engine.removeContainer(id);
    await this.#engine.removeImage(EXAMPLE_IMAGE);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function isAlive(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false; // nobody left in it
  }
}
