import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ADDRESS = '127.0.0.1';
/** Between two looks whether the server is there: a look costs next to nothing, a login in vain would cost a processor. */
const LOOK_MS = 10;
const LONGEST_LOOK_MS = 5_000;
const PATIENCE_MS = 60_000;

/** How somebody comes in to a server that they know by its key alone. */
export interface Door {
  readonly port: number;
  /** Name of the server among known ones. */
  readonly alias: string;
  /** As OpenSSH writes it. */
  readonly hostKey: string;
  /** File of the private key that opens. */
  readonly identity: string;
  /** File that may be written. */
  readonly knownHosts: string;
}

/** When a server was reached, on the clock of `performance.now()`. */
export interface Login {
  readonly bannerAtMs: number;
  readonly loggedInAtMs: number;
}

/** Logs in as soon as a server is there: both contenders are met by this one client. Throws when a minute was not enough. */
export async function firstLogin(door: Door): Promise<Login> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  await writeFile(door.knownHosts, `${door.alias} ${door.hostKey}\n`);
  while (!(await hasBanner(door.port)) && !patience.aborted) await sleep(LOOK_MS);
  const bannerAtMs = performance.now();
  for (;;) {
    const said = await logIn(door).catch((error: unknown) => error);
    if (said === undefined) return { bannerAtMs, loggedInAtMs: performance.now() };
    if (patience.aborted) throw new Error(`nobody was let in at port ${String(door.port)}`, { cause: said });
  }
}

/** One login by the real client, which runs a command and ends. Rejects where it was not let in. */
export async function logIn({ port, alias, identity, knownHosts }: Door): Promise<void> {
  const trust = [`UserKnownHostsFile=${knownHosts}`, `HostKeyAlias=${alias}`, 'StrictHostKeyChecking=yes'];
  const options = [...trust, 'BatchMode=yes', 'IdentitiesOnly=yes'].flatMap((option) => ['-o', option]);
  const where = ['-p', String(port), `root@${ADDRESS}`, 'true'];
  await run('ssh', ['-F', '/dev/null', ...options, '-i', identity, ...where], { timeout: PATIENCE_MS });
}

/** Whether the first words of an SSH server come from a port. */
function hasBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: ADDRESS, port, timeout: LONGEST_LOOK_MS });
    socket.once('data', (first) => {
      resolve(first.toString('latin1').startsWith('SSH-'));
      socket.destroy();
    });
    socket.on('error', () => undefined); // refused; its close says so, too
    socket.on('timeout', () => socket.destroy());
    // What stands before the server closes where that is not there.
    socket.once('close', () => {
      resolve(false);
    });
  });
}
