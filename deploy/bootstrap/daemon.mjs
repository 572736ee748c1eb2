import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from './poll.mjs';
import { BootstrapError } from './say.mjs';
import { assertNotInterrupted } from './steps.mjs';

/**
 * A background program of ours in a session of its own, with a folder of its own for its log and files.
 * It is stopped by its own process id, and nothing else is.
 */
export class Daemon {
  #child;
  #folder;
  #exited = false;

  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {string} folder
   */
  constructor(command, args, folder) {
    this.#folder = folder;
    const log = openSync(this.logPath, 'a');
    this.#child = spawn(command, args, { cwd: folder, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child.on('error', () => (this.#exited = true));
    this.#child.on('exit', () => (this.#exited = true));
    this.#child.unref();
  }

  /**
   * Starts a program and waits until it is ready.
   * @param {string} command
   * @param {(folder: string) => readonly string[]} argsIn its arguments, given its folder
   * @param {(folder: string) => boolean | Promise<boolean>} isReady
   * @param {number} timeoutMs
   */
  static async start(command, argsIn, isReady, timeoutMs) {
    assertNotInterrupted();
    const folder = await mkdtemp(join(tmpdir(), `headframe-${command}-`));
    const daemon = new Daemon(command, argsIn(folder), folder);
    let ready = false;
    const settled = async () => daemon.#exited || (ready = await isReady(folder));
    await pollUntil(settled, timeoutMs);
    if (ready) return daemon;
    const tail = readFileSync(daemon.logPath, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    await daemon.stop();
    throw new BootstrapError(`${command} did not become ready; the end of its log:\n${tail}`);
  }

  get folder() {
    return this.#folder;
  }

  get logPath() {
    return join(this.#folder, 'log');
  }

  /** Asks it to end, insists after 30 s, and removes its folder. */
  async stop() {
    this.#child.kill('SIGTERM');
    if (!(await pollUntil(() => this.#exited, 30_000))) {
      this.#child.kill('SIGKILL');
      await pollUntil(() => this.#exited, 5_000);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
