import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { ADMIN_FOLDER, readIdentity } from '../../common/config/index.js';
import { HostState } from '../../common/gen/headframe/v1/host_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { ChildProgram } from './child-program.js';
import type { Cleanup } from './cleanup.js';
import { FleetClient } from './fleet-client.js';
import type { JoinWords } from './fleet-client.js';
import type { RuntimeKind } from './options.js';
import { pollUntil } from './poll.js';
import { findFreePort, findPortRanges } from './ports.js';
import type { PortRange } from './ports.js';
import { HEADFRAME_PROGRAM } from './root.js';

/** A host of the small fleet; all of them are this machine. */
export interface SmallHost {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly ports: PortRange;
}

/** Where the parts of the small fleet are to be. */
export interface FleetPlan {
  /** `host:port` for clients and agents, several with commas. */
  readonly address: string;
  /** `host:port` of the coordinator's metrics. */
  readonly metrics: string;
  readonly hosts: readonly SmallHost[];
}

/** What each program of a small fleet needs. */
export interface ProgramSurroundings {
  /** Folder for data and logs. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cleanup: Cleanup;
  readonly onUnexpectedEnd: (error: HeadframeError) => void;
}

/** What all programs of a small fleet need. */
export interface FleetSettings extends ProgramSurroundings {
  readonly plan: FleetPlan;
  readonly runtime: RuntimeKind;
  readonly engineSocket: string;
}

/** Host ids of quickstarts begin with this, so that leftovers of one that was killed are known. */
export const HOST_ID_PREFIX = 'quickstart-';

const COORDINATOR = 'coordinator';
const READY_TIMEOUT_MS = 60_000;
const PORTS_PER_HOST = 50;
/** What each host offers, whatever the machine has: small enough that the examples do not fit. */
const CAPACITY = { cpu: '2', memory: '1GiB', disk: '4GiB' };

/** Draws addresses, host ids and port ranges that nobody else uses. */
export async function planFleet(): Promise<FleetPlan> {
  const run = randomBytes(3).toString('hex');
  const [east, west] = await findPortRanges(2, PORTS_PER_HOST);
  if (east === undefined || west === undefined) throw new Error('fewer port ranges than asked for');
  return {
    address: `127.0.0.1:${await findFreePort()}`,
    metrics: `127.0.0.1:${await findFreePort()}`,
    hosts: [
      { id: `${HOST_ID_PREFIX}${run}-east-1`, name: 'east-1', zone: 'east', ports: east },
      { id: `${HOST_ID_PREFIX}${run}-west-1`, name: 'west-1', zone: 'west', ports: west },
    ],
  };
}

/** Folder of the identity that the small fleet's coordinator makes for who gives it orders. */
export function adminFolder(folder: string): string {
  return adminFolderIn(join(folder, COORDINATOR));
}

/** The same of a coordinator with this data folder. */
export function adminFolderIn(dataDir: string): string {
  return join(dataDir, ADMIN_FOLDER);
}

/** Starts the coordinator, waits until it answers, and says how to talk to it. */
export async function startCoordinator(
  settings: FleetSettings & { readonly natsUrl: string },
  signal: AbortSignal,
): Promise<FleetClient> {
  const { plan, folder, natsUrl, cleanup } = settings;
  const config = await writeConfig(settings, COORDINATOR, {
    listen: plan.address,
    dataDir: join(folder, COORDINATOR),
    metrics: plan.metrics,
    ...(natsUrl === '' ? {} : { nats: { url: natsUrl } }),
  });
  startProgram(settings, 'coordinator', COORDINATOR, config);
  const polling = { everyMs: 100, timeoutMs: READY_TIMEOUT_MS, signal };
  // It is written at the first start, before anybody is answered.
  const certificates = await pollUntil(() => readIdentity(adminFolder(folder)), polling);
  if (certificates === undefined) throw notReady('the coordinator does not start');
  const fleet = new FleetClient(plan.address, certificates);
  cleanup.add('the connection', async () => {
    fleet.close();
  });
  if ((await pollUntil(() => fleet.status(), polling)) === undefined) throw notReady('the coordinator does not answer');
  return fleet;
}

/** Has both hosts join, starts their agents, and waits until they are ready. */
export async function startAgents(settings: FleetSettings, fleet: FleetClient, signal: AbortSignal): Promise<void> {
  const { hosts } = settings.plan;
  const words = await fleet.joinToken(hosts.length);
  for (const host of hosts) {
    const config = await writeConfig(settings, host.name, agentConfig(host, settings));
    await joinHost(config, words, settings.env);
    startProgram(settings, 'agent', host.name, config);
  }
  const allReady = async (): Promise<true | undefined> => {
    const found = await fleet.hosts();
    return found.filter(({ state }) => state === HostState.READY).length === hosts.length ? true : undefined;
  };
  const polling = { everyMs: 100, timeoutMs: READY_TIMEOUT_MS, signal };
  if ((await pollUntil(allReady, polling)) === undefined) throw notReady('the agents have not joined');
}

function agentConfig(host: SmallHost, { plan, folder, runtime, engineSocket }: FleetSettings): object {
  return {
    coordinator: plan.address,
    hostId: host.id,
    hostName: host.name,
    labels: { zone: host.zone },
    dataDir: join(folder, host.name),
    runtime,
    dockerSocket: engineSocket,
    capacity: CAPACITY,
    reserved: { cpu: '0', memory: '0', disk: '0' },
    portRange: `${host.ports.start}-${host.ports.end}`,
    usageInterval: '2s',
  };
}

/** All that a program is told is in a file of ours, so that none of this machine is read instead. */
export async function writeConfig({ folder }: ProgramSurroundings, name: string, config: object): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify(config));
  return path;
}

/** Runs the line that `headframe token create` prints. */
async function joinHost(config: string, { token, authority }: JoinWords, env: NodeJS.ProcessEnv): Promise<void> {
  const args = ['agent', 'join', '--config', config, '--token', token, '--authority', authority];
  await promisify(execFile)(process.execPath, [HEADFRAME_PROGRAM, ...args], { env, timeout: READY_TIMEOUT_MS });
}

/** Starts a program of `headframe`, to be stopped at the end. */
export function startProgram(
  { folder, env, cleanup, onUnexpectedEnd }: ProgramSurroundings,
  program: 'coordinator' | 'agent',
  name: string,
  config: string,
): ChildProgram {
  const args = [program, 'start', '--config', config];
  const child = new ChildProgram({ name, args, env, logPath: join(folder, `${name}.log`), onUnexpectedEnd });
  cleanup.add(name, (force) => child.stop(force));
  return child;
}

function notReady(message: string): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'not_ready',
    message: `${message} after ${READY_TIMEOUT_MS / 1000} s`,
    remedy: 'The machine may be overloaded; try again.',
  });
}
