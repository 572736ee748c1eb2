import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';
import { BootstrapError } from './say.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** The steps that run; each has a process group of its own, so that a Ctrl-C reaches it through us alone. @type {Set<ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let interruptedBy;

/** Passes interrupts on to the steps that run, and lets no further step begin. */
export function passOnInterrupts() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      interruptedBy ??= signal;
      for (const child of running) child.kill(signal);
    });
  }
}

/** @throws {BootstrapError} when an interrupt has come */
export function assertNotInterrupted() {
  if (interruptedBy) throw new BootstrapError(`interrupted (${interruptedBy})`);
}

/**
 * Runs a program to its end, in the root folder, with this process's output or into a file.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdout?: 'inherit' | 'stderr', file?: number }} [options] `file`: where all output
 *   goes instead, an open descriptor
 * @returns {Promise<number>} its exit code; 128 and the signal's number as in a shell when a signal ended it
 */
export function runProgram(command, args, { env = process.env, stdout = 'inherit', file } = {}) {
  assertNotInterrupted();
  return new Promise((resolve, reject) => {
    const out = file ?? (stdout === 'inherit' ? 'inherit' : 2);
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', out, file ?? 'inherit'], detached: true });
    running.add(child);
    child.on('error', (error) => reject(new BootstrapError(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137));
    });
  });
}

/**
 * Runs a step that has to succeed, its output on stderr.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 */
export async function runStep(command, args, options = {}) {
  const code = await runProgram(command, args, { ...options, stdout: 'stderr' });
  assertNotInterrupted();
  if (code !== 0) throw new BootstrapError(`failed with exit code ${code}: ${command} ${args.join(' ')}`);
}

/**
 * What a quick command prints on stdout; undefined when it fails or is not there.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {number} [timeoutMs]
 * @returns {Promise<string | undefined>}
 */
export function ask(command, args, timeoutMs = 10_000) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: timeoutMs });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code === 0 ? text : undefined));
  });
}
