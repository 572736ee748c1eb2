import { request } from 'node:http';
import { startDockerd, waitForLivingDockerd } from './dockerd.mjs';
import { canInstall, ensurePackages } from './packages.mjs';
import { pollUntil } from './poll.mjs';
import { BootstrapError, say } from './say.mjs';
import { ask, runStep } from './steps.mjs';
import { hasProgram, hasSystemd } from './system.mjs';

/** @typedef {{ socketPath: string, started: boolean, stop: () => Promise<void> }} Engine */

const SYSTEM_SOCKET = '/var/run/docker.sock';
const READY_TIMEOUT_MS = 60_000;

/**
 * Finds an answering Docker Engine on this machine, or installs and starts one where it may.
 * @returns {Promise<Engine>} `stop` ends what was started here, and does nothing to an engine that was found
 * @throws {BootstrapError} saying what to install or start
 */
export async function ensureDocker() {
  const found = await findEngine();
  if (found) return { socketPath: found, started: false, stop: async () => {} };
  const installed = !hasProgram('dockerd');
  if (installed) await install();
  else if (process.getuid?.() !== 0) {
    throw new BootstrapError(`Docker Engine is installed but does not answer. ${remedy('systemctl start docker')}`);
  }
  return hasSystemd() ? startService() : startByHand(installed);
}

async function install() {
  if (!canInstall()) {
    throw new BootstrapError(`no Docker Engine answers and none is installed. ${remedy('apt-get install docker.io')}`);
  }
  await ensurePackages(['docker.io']);
}

/** Whether a Docker Engine answers at a socket. @param {string} socketPath @returns {Promise<boolean>} */
function answers(socketPath) {
  return ping(socketPath).then(
    () => true,
    () => false,
  );
}

async function findEngine() {
  for (const socketPath of candidates()) {
    try {
      await ping(socketPath);
      return socketPath;
    } catch (error) {
      if (isForbidden(error)) {
        throw new BootstrapError(
          `this user may not use ${socketPath}. ${remedy(`usermod -aG docker ${process.env.USER ?? '$USER'} (then log in again)`)}`,
        );
      }
    }
  }
  return undefined;
}

function candidates() {
  const asked = process.env.DOCKER_HOST;
  if (asked && !asked.startsWith('unix://')) {
    throw new BootstrapError(
      `DOCKER_HOST is ${asked}, but the hosts here run on this machine: unset it, or name a unix:// socket.`,
    );
  }
  const own = process.env.XDG_RUNTIME_DIR;
  return [asked?.slice('unix://'.length), SYSTEM_SOCKET, own && `${own}/docker.sock`]
    .filter((path) => !!path)
    .map(String);
}

/** @param {string} command */
function remedy(command) {
  return `On Debian or Ubuntu: sudo ${command}. Quickstart also runs without Docker (not isolated): npm run quickstart -- --runtime process`;
}

/** @returns {Promise<Engine>} */
async function startService() {
  say('starting Docker Engine (systemctl start docker)');
  await runStep('systemctl', ['start', 'docker']);
  await waitUntilReady('systemctl status docker');
  const stop = async () => {
    // The socket unit would start the service again at the next knock.
    await ask('systemctl', ['stop', 'docker.socket', 'docker.service'], READY_TIMEOUT_MS);
  };
  return { socketPath: SYSTEM_SOCKET, started: true, stop };
}

/** @param {boolean} installed whether the package has just come, and may have started an engine by policy @returns {Promise<Engine>} */
async function startByHand(installed) {
  const isReady = () => answers(SYSTEM_SOCKET);
  const living = await waitForLivingDockerd(isReady, installed);
  if (living) return { socketPath: SYSTEM_SOCKET, started: installed, stop: living.stop };
  say('starting Docker Engine (dockerd)');
  const daemon = await startDockerd(SYSTEM_SOCKET, isReady, READY_TIMEOUT_MS);
  return { socketPath: SYSTEM_SOCKET, started: true, stop: () => daemon.stop() };
}

/** @param {string} hint */
async function waitUntilReady(hint) {
  if (await pollUntil(() => answers(SYSTEM_SOCKET), READY_TIMEOUT_MS)) return;
  throw new BootstrapError(`Docker Engine was started but does not answer; see: ${hint}`);
}

/** @param {string} socketPath @returns {Promise<void>} */
function ping(socketPath) {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/_ping', signal: AbortSignal.timeout(2_000) }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`status ${response.statusCode}`));
    });
    call.on('error', reject);
    call.end();
  });
}

/** @param {unknown} error */
function isForbidden(error) {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
