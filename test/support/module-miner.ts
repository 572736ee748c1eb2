import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { readIdentity } from '../../common/config/index.js';
import { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { TestFleet } from './programs.js';
import type { RunningFleet } from './running-fleet.js';
import { waitFor } from './wait-for.js';

const UPDATE = { maxUnavailable: 0, maxSurge: 1, minHealthy: '300ms', progressDeadline: '10s', autoRollback: true };
const SMALL = { cpu: '100m', memory: '128MiB', disk: '64MiB' };
const HEALTH = { http: { port: 9100, path: '/health' }, interval: '200ms', retries: 2, startPeriod: '3s' };

/** What a program of `pythonModule` tells of itself. */
export interface Told {
  readonly role: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly batch: number;
  readonly user: number;
  readonly greeting: string;
  readonly keyfile: boolean;
  readonly files: readonly string[];
}

/** The manifest of a miner of the module `translator`, on the host `alpha`. */
export function moduleManifest(
  name: string,
  role: string,
  more: Readonly<Record<string, object | number | string>> = {},
): string {
  const { module = {}, ...rest } = more;
  const settings = { '--netuid': 7, '--axon.port': 9100 };
  const own = { name: 'translator', role, settings, secrets: { BACKEND_API_KEY: 'backend' } };
  const common = { constraints: onHost('alpha'), resources: SMALL, update: UPDATE, health: HEALTH, stopGrace: '1s' };
  return stringify({ kind: 'module', name, module: { ...own, ...(module as object) }, ...common, ...rest });
}

/** Constraints that let in one host alone. */
export function onHost(name: string): object[] {
  return [{ attribute: 'host.name', values: [name] }];
}

/** The address that the engine's bridge gives its machine: one that is no loopback, which no chain takes, and is there everywhere. */
export async function bridgeAddress({ engine }: Pick<RunningFleet, 'engine'>): Promise<string> {
  const { IPAM } = await engine.docker.getNetwork('bridge').inspect();
  return IPAM?.Config?.[0]?.['Gateway'] ?? '';
}

/** The port of its host at which an instance is reached. */
export function axonPort({ ports }: Pick<Instance, 'ports'>): number {
  return ports.find(({ name }) => name === 'axon-port')?.hostPort ?? 0;
}

/** What an instance says of itself. */
export async function toldBy(instance: Instance): Promise<Told> {
  const port = axonPort(instance);
  return waitFor(
    'the program to answer',
    () =>
      new Promise<Told | undefined>((resolve) => {
        get({ port, host: '127.0.0.1' }, (response) => {
          void text(response).then((body) => resolve(JSON.parse(body) as Told));
        }).on('error', () => resolve(undefined));
      }),
  );
}

/** Why an agent's or the admin's identity is not given a content that is asked for a host; '' when it is. */
export async function fetching(fleet: TestFleet, whose: string, host: string, digest = ''): Promise<string> {
  const folder = whose === 'admin' ? fleet.adminFolder : join(fleet.agentFolder(whose), 'identity');
  const certificates = await readIdentity(folder);
  const security = { kind: 'mutual', source: { current: () => certificates } } as const;
  const channel = new Channel({ address: fleet.address, security, clock: systemClock });
  try {
    const pieces = createClient(AgentService, channel).fetchContent({ hostId: fleet.hostId(host), digest });
    for await (const { data } of pieces) if (data.length === 0) return 'nothing';
    return '';
  } catch (error) {
    return error instanceof HeadframeError ? error.reason : String(error);
  } finally {
    channel.close();
  }
}
