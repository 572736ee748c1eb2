import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../quickstart/cleanup.js';
import { Engine } from '../quickstart/engine.js';
import { EXAMPLE_IMAGE, ensureExampleImage } from '../quickstart/example-image.js';
import { findFreePort } from '../quickstart/ports.js';
import { runHeadframe } from '../quickstart/run-headframe.js';
import { say } from '../quickstart/say.js';
import { awaitSettled } from '../quickstart/settling.js';
import { adminFolderIn, planFleet, startAgents } from '../quickstart/small-fleet.js';
import type { FleetPlan, ProgramSurroundings } from '../quickstart/small-fleet.js';
import { containersOn, deleteMiners, refuseSecondQuickstart, removeLeftovers } from '../quickstart/take-down.js';
import { awaitLeader, startCoordinators } from './coordinators.js';
import type { Leader, Member } from './coordinators.js';
import { expectSame, minerContainers } from './miner-containers.js';
import { startNatsServers } from './nats-servers.js';

/** What the demonstration finds around it. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Takes what has to be undone at the end. */
  readonly cleanup: Cleanup;
  /** Aborted when the user wants it to end. */
  readonly end: AbortSignal;
}

/** The fleet that is shown. */
interface Shown {
  readonly plan: FleetPlan;
  readonly members: readonly Member[];
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Folder of the identity that the first leader has made; each of them takes orders by it. */
  readonly identity: string;
  leader: Leader;
}

const USUAL_SOCKET = '/var/run/docker.sock';
const COORDINATORS = 3;
const SETTLE_MS = 120_000;
const FIRST = 'beacon';
const SECOND = 'hasher';

/** Shows that a fleet outlives the coordinator that leads it. Throws when anything is not as it should be. */
export async function runDemo({ env, cleanup, end }: Surroundings): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([end, broken.signal]);
  const folder = await mkdtemp(join(tmpdir(), 'headframe-cluster-demo-'));
  cleanup.add('its folder', () => rm(folder, { recursive: true, force: true }));
  const engine = new Engine(env['DOCKER_HOST']?.slice('unix://'.length) ?? USUAL_SOCKET);
  await refuseSecondQuickstart(engine);
  say(`building the example image ${EXAMPLE_IMAGE}`);
  cleanup.add('the example image', await ensureExampleImage(engine));
  const others = Object.entries(env).filter(([name]) => !name.startsWith('HEADFRAME_'));
  const surroundings: ProgramSurroundings = {
    ...{ folder, cleanup, env: Object.fromEntries(others) },
    onUnexpectedEnd: (error) => broken.abort(error),
  };
  const shown = await bringUp(env['NATS_SERVER'] ?? 'nats-server', surroundings, { engine, signal });
  await startFleet(shown, surroundings, () => broken.signal.aborted);
  await show(shown);
}

/** Three servers, and three coordinators over them of which one leads. */
async function bringUp(
  natsProgram: string,
  surroundings: ProgramSurroundings,
  { engine, signal }: Pick<Shown, 'engine' | 'signal'>,
): Promise<Shown> {
  say('starting three NATS servers, each with a disk folder of its own');
  const nats = await startNatsServers(natsProgram, surroundings, signal);
  const addresses: string[] = [];
  while (addresses.length < COORDINATORS) addresses.push(`127.0.0.1:${await findFreePort()}`);
  say(`starting three coordinators that share the store in NATS: ${addresses.join(', ')}`);
  const members = await startCoordinators(addresses, nats, surroundings);
  const leader = await awaitLeader(members, ({ dataDir }) => adminFolderIn(dataDir), signal);
  say(`${leader.member.name} leads, the others follow`);
  const plan = { ...(await planFleet()), address: addresses.join(',') };
  const identity = adminFolderIn(leader.member.dataDir);
  const client = { HEADFRAME_ADDRESS: plan.address, HEADFRAME_IDENTITY: identity };
  const config = join(surroundings.folder, 'client.yaml');
  const env = { ...surroundings.env, ...client, HEADFRAME_CONFIG: config };
  const shown: Shown = { plan, members, engine, env, signal, identity, leader };
  surroundings.cleanup.add('the connection', async () => shown.leader.fleet.close());
  return shown;
}

async function startFleet(shown: Shown, surroundings: ProgramSurroundings, isBroken: () => boolean): Promise<void> {
  const { plan, engine, signal } = shown;
  const { cleanup } = surroundings;
  const found = containersOn(engine);
  const hostIds = plan.hosts.map(({ id }) => id);
  cleanup.add(found.noun, () => removeLeftovers(found, hostIds));
  say(`joining two hosts, and starting their agents: ${plan.hosts.map(({ name }) => name).join(', ')}`);
  const settings = { ...surroundings, plan, runtime: 'docker', engineSocket: engine.socketPath } as const;
  await startAgents(settings, shown.leader.fleet, signal);
  const isEmpty = async (): Promise<boolean> => (await found.list(hostIds)).length === 0;
  cleanup.add('the miners', async (force) => {
    // A fleet that lacks a program may never get there; what is left is removed all the same.
    if (!isBroken()) await deleteMiners(shown.leader.fleet, isEmpty, force);
  });
}

async function show(shown: Shown): Promise<void> {
  const { signal, env } = shown;
  const run = { env, results: 'stdout', signal } as const;
  await runHeadframe(['apply', '-f', `deploy/examples/${FIRST}.yaml`], run);
  const before = minerContainers(await awaitSettled(shown.leader.fleet, SETTLE_MS, signal), FIRST);
  say(`${FIRST} runs in containers ${shortIds(before)}`);
  await runHeadframe(['coordinator', 'ls'], run);
  await loseLeader(shown);
  await runHeadframe(['coordinator', 'ls'], run);
  await runHeadframe(['apply', '-f', `deploy/examples/${SECOND}.yaml`], run);
  const view = await awaitSettled(shown.leader.fleet, SETTLE_MS, signal);
  await runHeadframe(['instances', 'ls'], run);
  await expectSame(before, minerContainers(view, FIRST), shown.engine);
  say(`${FIRST} runs in the same containers as before, never restarted: ${shortIds(before)}`);
  say(`${SECOND} runs in containers ${shortIds(minerContainers(view, SECOND))}: the fleet goes on`);
}

/** Kills the coordinator that leads, and waits until another leads. */
async function loseLeader(shown: Shown): Promise<void> {
  const { member: lost, fleet } = shown.leader;
  say(`killing ${lost.name}, which leads, as kill -9 does`);
  const startMs = performance.now();
  await lost.program.kill();
  const left = shown.members.filter((member) => member !== lost);
  shown.leader = await awaitLeader(left, () => shown.identity, shown.signal);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  fleet.close();
  say(`${shown.leader.member.name} leads ${seconds} s after the kill`);
}

function shortIds(containers: readonly string[]): string {
  return containers.map((id) => id.slice(0, 12)).join(' ');
}
