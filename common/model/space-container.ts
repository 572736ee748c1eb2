import type { ContainerSpec, HealthCheck } from './miner.js';
import { SPACE_PORT } from './space-spec.js';
import type { SpaceSpec } from './space-spec.js';

/** Of the deadline, what hosts have; the rest is for the way there and back. */
export const HOST_SHARE = 0.9;
const SCRATCH_BYTES = 16 * 2 ** 20;

/** How a scanner's health is asked where its manifest says nothing: it listens once it has looked into all folders. */
export const SPACE_HEALTH: HealthCheck = {
  probe: { kind: 'tcp', port: SPACE_PORT.number },
  startPeriodMs: 60_000,
  intervalMs: 10_000,
  timeoutMs: 5_000,
  retries: 3,
};

/** What instances of a space miner run: a scanner that may read the plots and holds no key. */
export function spaceContainer({ image, minerId, folders, readTimeoutMs, deadlineMs, scan }: SpaceSpec): ContainerSpec {
  const targets = folders.map((hostPath, at) => ({ hostPath, target: `/plots/${String(at)}` }));
  return {
    ...{ image, command: [], env: {}, user: '', workdir: '', network: 'bridge' },
    args: [
      ...['space', 'scan', '--miner', minerId, '--port', String(SPACE_PORT.number), '--list', '/tmp/plots.json'],
      ...['--deadline', String(Math.floor(HOST_SHARE * deadlineMs)), '--read-timeout', String(readTimeoutMs)],
      ...['--folders', targets.map(({ target }) => target).join(',')],
      ...(scan === undefined ? [] : ['--strategy', scan]),
    ],
    ports: [{ name: SPACE_PORT.name, containerPort: SPACE_PORT.number, protocol: 'tcp', hostPort: 0 }],
    mounts: [
      ...targets.map(({ hostPath, target }) => ({ kind: 'hostPath', hostPath, target, readOnly: true }) as const),
      { kind: 'tmpfs', target: '/tmp', sizeBytes: SCRATCH_BYTES, readOnly: false },
    ],
    readOnlyRootFilesystem: true,
  };
}
