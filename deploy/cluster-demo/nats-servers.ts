import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadframeError } from '../../common/model/error.js';
import { ChildProgram } from '../quickstart/child-program.js';
import { pollUntil } from '../quickstart/poll.js';
import { findFreePort } from '../quickstart/ports.js';
import type { ProgramSurroundings } from '../quickstart/small-fleet.js';

/** A NATS server among others. */
interface Server {
  readonly name: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly routePort: number;
}

/** Where the servers are reached. */
export interface NatsAddresses {
  /** With commas. */
  readonly servers: string;
  /** Where each tells of itself. */
  readonly monitorUrls: readonly string[];
}

const READY_TIMEOUT_MS = 30_000;

/** Starts three NATS servers with JetStream that writes before it acknowledges, and waits until all of them take work. */
export async function startNatsServers(
  program: string,
  surroundings: ProgramSurroundings,
  signal: AbortSignal,
): Promise<NatsAddresses> {
  const servers = await Promise.all(['n1', 'n2', 'n3'].map(planServer));
  const routes = servers.map(({ routePort }) => `nats-route://127.0.0.1:${routePort}`).join(', ');
  for (const server of servers) await start(server, { program, routes }, surroundings);
  const monitorUrls = servers.map(({ monitorPort }) => `http://127.0.0.1:${monitorPort}`);
  const allServe = async (): Promise<true | undefined> => {
    const answers = await Promise.all(monitorUrls.map((url) => fetch(`${url}/healthz`, { signal })));
    return answers.every(({ ok }) => ok) ? true : undefined;
  };
  if ((await pollUntil(allServe, { everyMs: 100, timeoutMs: READY_TIMEOUT_MS, signal })) === undefined)
    throw notReady();
  return { servers: servers.map(({ port }) => `nats://127.0.0.1:${port}`).join(','), monitorUrls };
}

async function planServer(name: string): Promise<Server> {
  const [port, monitorPort, routePort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  return { name, port, monitorPort, routePort };
}

async function start(
  { name, port, monitorPort, routePort }: Server,
  { program, routes }: { readonly program: string; readonly routes: string },
  { folder, env, cleanup, onUnexpectedEnd }: ProgramSurroundings,
): Promise<void> {
  const home = join(folder, name);
  await mkdir(home);
  const config = join(home, 'nats.conf');
  const lines = [
    `server_name: ${name}`,
    `listen: 127.0.0.1:${port}`,
    `http: 127.0.0.1:${monitorPort}`,
    `jetstream { store_dir: "${home}", sync_interval: always }`,
    `cluster { name: demo, listen: 127.0.0.1:${routePort}, routes: [${routes}] }`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const logPath = join(folder, `${name}.log`);
  const settings = {
    name: `NATS server ${name}`,
    command: program,
    args: ['-c', config],
    env,
    logPath,
    onUnexpectedEnd,
  };
  const child = new ChildProgram(settings);
  cleanup.add(settings.name, (force) => child.stop(force));
}

function notReady(): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'not_ready',
    message: `the NATS servers have not found each other after ${READY_TIMEOUT_MS / 1000} s`,
    remedy: 'The machine may be overloaded; try again.',
  });
}
