import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Daemon } from './daemon.mjs';
import { ensurePackages } from './packages.mjs';
import { BootstrapError, say } from './say.mjs';
import { ask } from './steps.mjs';
import { hasProgram, hasSystemd } from './system.mjs';

/** @typedef {{ url: string, started: boolean, stop: () => Promise<void> }} NatsServer */

const USUAL_URL = 'nats://127.0.0.1:4222';
const READY_TIMEOUT_MS = 15_000;

/**
 * Finds an answering NATS server at NATS_URL or the usual port, or starts one of our own on a free loopback port.
 * @returns {Promise<NatsServer>} `stop` ends what was started here, and does nothing to a server that was found
 * @throws {import('./say.mjs').BootstrapError} saying what to install
 */
export async function ensureNats() {
  const asked = process.env.NATS_URL;
  for (const url of asked ? [asked, USUAL_URL] : [USUAL_URL]) {
    if (await isUsable(url, url === asked)) return { url, started: false, stop: async () => {} };
  }
  if (asked) say(`no NATS server answers at NATS_URL (${parseFirst(asked).host})`);
  if (!hasProgram('nats-server')) await install();
  return startOwn();
}

async function install() {
  await ensurePackages(['nats-server']);
  // The package starts a service of its own on every address; we want one on loopback that ends with us.
  if (hasSystemd()) await ask('systemctl', ['stop', 'nats-server']);
}

/** @returns {Promise<NatsServer>} */
async function startOwn() {
  say('starting a NATS server on a free loopback port');
  /** @param {string} folder */
  const args = (folder) => ['--addr', '127.0.0.1', '--port', '-1', '--ports_file_dir', folder];
  const daemon = await Daemon.start(
    'nats-server',
    args,
    async (folder) => {
      const url = readUrl(folder);
      return url !== undefined && (await isUsable(url, false));
    },
    READY_TIMEOUT_MS,
  );
  return { url: readUrl(daemon.folder) ?? USUAL_URL, started: true, stop: () => daemon.stop() };
}

/** The address in the ports file; undefined until the server has written it. @param {string} folder @returns {string | undefined} */
function readUrl(folder) {
  const name = readdirSync(folder).find((file) => file.endsWith('.ports'));
  try {
    return name && JSON.parse(readFileSync(join(folder, name), 'utf8')).nats[0];
  } catch {
    return undefined; // being written
  }
}

/**
 * Whether a NATS server greets there, and lets us in as far as can be told.
 * @param {string} url
 * @param {boolean} hasCredentials
 * @returns {Promise<boolean>}
 */
function isUsable(url, hasCredentials) {
  const { hostname, port } = parseFirst(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 4222), timeout: 2_000 });
    let text = '';
    /** @param {boolean} usable */
    const settle = (usable) => {
      socket.destroy();
      resolve(usable);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\n'))
        settle(text.startsWith('INFO ') && (hasCredentials || !text.includes('"auth_required":true')));
    });
    for (const event of ['error', 'timeout', 'close']) socket.on(event, () => settle(false));
  });
}

/** The first of the servers that NATS_URL lists; the scheme may be left out. @param {string} urls */
function parseFirst(urls) {
  const first = urls.split(',', 1).join().trim();
  const url = first.includes('://') ? first : `nats://${first}`;
  if (!URL.canParse(url)) throw new BootstrapError('NATS_URL is not an address like nats://127.0.0.1:4222');
  return new URL(url);
}
