import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LEASE_PATHS } from '../../../agent/kinds/lease/lease-paths.js';
import { dockerSocket, testImage } from '../../support/docker.js';
import { freePort } from '../../support/free-port.js';
import { leaseSshFolder } from '../../support/lease-host.js';
import { LIMITS } from './limits.js';
import { firstLogin } from './ssh-client.js';

const run = promisify(execFile);
const IN_CONTAINER = '/bench';
const CONFIG = [
  'Port 22',
  `HostKey ${IN_CONTAINER}/host_key`,
  `AuthorizedKeysFile ${IN_CONTAINER}/renter.pub`,
  'PidFile none',
  'UsePAM no',
  'StrictModes no',
  'UseDNS no',
  '',
].join('\n');

/** Of one container, in seconds since it was asked for. */
export interface DockerRunTimes {
  /** `docker run` is over. */
  readonly returned: number;
  readonly banner: number;
  readonly login: number;
}

/** Makes what the baseline's containers see, in a folder with the renter's key, `renter` and `renter.pub`. */
export async function openDockerRun(folder: string): Promise<DockerRun> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host_key')]);
  await writeFile(join(folder, 'sshd_config'), CONFIG);
  return new DockerRun(folder);
}

/** The baseline: `docker run` of the same image with the same SSH server and limits, its keys made before. */
class DockerRun {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts one, logs in to it and removes it. */
  async round(number: number): Promise<DockerRunTimes> {
    const name = `headframe-bench-lease-${String(number)}`;
    const port = await freePort();
    const hostKey = (await readFile(join(this.#folder, 'host_key.pub'), 'utf8')).trim();
    const beganAtMs = performance.now();
    const since = (atMs: number): number => (atMs - beganAtMs) / 1000;
    try {
      await this.#docker('run', '--detach', '--name', name, ...this.#flags(port), testImage, 'sh', '-c', serve());
      const returnedAtMs = performance.now();
      const { bannerAtMs, loggedInAtMs } = await firstLogin({
        ...{ port, alias: name, hostKey, identity: join(this.#folder, 'renter') },
        knownHosts: join(this.#folder, `known-${name}`),
      });
      return { returned: since(returnedAtMs), banner: since(bannerAtMs), login: since(loggedInAtMs) };
    } finally {
      await this.#docker('rm', '--force', '--volumes', name);
    }
  }

  #flags(port: number): readonly string[] {
    const memory = String(LIMITS.memoryBytes);
    return [
      ...['--publish', `${String(port)}:22`, '--cpus', String(LIMITS.cpuMillis / 1000)],
      ...['--memory', memory, '--memory-swap', memory, '--pids-limit', String(LIMITS.pids)],
      ...['--volume', `${this.#folder}:${IN_CONTAINER}:ro`, '--volume', `${leaseSshFolder}:${LEASE_PATHS.server}:ro`],
    ];
  }

  async #docker(...args: readonly string[]): Promise<void> {
    await run('docker', ['--host', `unix://${dockerSocket}`, ...args]);
  }
}

/** What an image with an SSH server has: its accounts, and the server as the main program. */
function serve(): string {
  const { server } = LEASE_PATHS;
  const parts = existsSync(join(leaseSshFolder, 'libexec/sshd-session'))
    ? ` -o SshdSessionPath=${server}/libexec/sshd-session -o SshdAuthPath=${server}/libexec/sshd-auth`
    : '';
  return [
    'mkdir -p /run/sshd /var/empty /root /etc',
    "echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd",
    "echo 'sshd:x:22222:65534:sshd:/run/sshd:/bin/false' >>/etc/passwd",
    "echo 'root:*:19000:0:99999:7:::' >/etc/shadow",
    `exec ${server}/sbin/sshd -D -e -f ${IN_CONTAINER}/sshd_config${parts}`,
  ].join(' && ');
}
