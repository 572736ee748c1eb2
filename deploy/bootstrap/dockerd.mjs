import { readFileSync, rmSync } from 'node:fs';
import { Daemon } from './daemon.mjs';
import { pollUntil } from './poll.mjs';
import { BootstrapError } from './say.mjs';
import { commandOf } from './system.mjs';

const ENGINE_PID_FILE = '/var/run/docker.pid';
const CONTAINERD_PID_FILE = '/var/run/docker/containerd/containerd.pid';
const LIVING_TIMEOUT_MS = 30_000;
const POLICY_TIMEOUT_MS = 3_000;

/**
 * Starts dockerd by hand and waits until it answers.
 * @param {string} socketPath
 * @param {() => Promise<boolean>} isReady
 * @param {number} timeoutMs
 */
export function startDockerd(socketPath, isReady, timeoutMs) {
  // After a crash the files stay, and dockerd refuses to start while their number belongs to anything.
  removeIfStale(ENGINE_PID_FILE, 'dockerd');
  removeIfStale(CONTAINERD_PID_FILE, 'containerd');
  return Daemon.start('dockerd', () => ['--host', `unix://${socketPath}`], isReady, timeoutMs);
}

/**
 * Waits for an engine that lives but does not answer yet.
 * @param {() => Promise<boolean>} isReady
 * @param {boolean} installed the package has just come: what its policy starts within a moment counts as ours
 * @returns {Promise<{ stop: () => Promise<void> } | undefined>} undefined when no engine lives
 */
export async function waitForLivingDockerd(isReady, installed) {
  await pollUntil(() => livingDockerd() !== undefined, installed ? POLICY_TIMEOUT_MS : 0);
  const pid = livingDockerd();
  if (pid === undefined) return undefined;
  if (!(await pollUntil(isReady, LIVING_TIMEOUT_MS))) {
    throw new BootstrapError(`Docker Engine runs (process ${pid}) but does not answer; restart it.`);
  }
  return { stop: async () => (installed ? stopPid(pid) : undefined) };
}

function livingDockerd() {
  const pid = readPid(ENGINE_PID_FILE);
  return pid !== undefined && commandOf(pid) === 'dockerd' ? pid : undefined;
}

/** @param {number} pid */
async function stopPid(pid) {
  process.kill(pid, 'SIGTERM');
  await pollUntil(() => commandOf(pid) !== 'dockerd', LIVING_TIMEOUT_MS);
}

/** @param {string} file @param {string} command */
function removeIfStale(file, command) {
  const pid = readPid(file);
  if (pid !== undefined && commandOf(pid) !== command) rmSync(file, { force: true });
}

/** @param {string} file */
function readPid(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined; // no file, no process
  }
}
