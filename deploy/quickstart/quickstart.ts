import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from './cleanup.js';
import { Engine } from './engine.js';
import { EXAMPLE_IMAGE, ensureExampleImage } from './example-image.js';
import { readExamples, writeProcessExamples } from './examples.js';
import { finalState } from './final-state.js';
import type { Addresses } from './final-state.js';
import type { FleetClient, FleetView } from './fleet-client.js';
import { hintsText, whyText } from './hints.js';
import { Interrupted } from './interrupts.js';
import type { Options } from './options.js';
import { runHeadframe } from './run-headframe.js';
import { say } from './say.js';
import { awaitSettled } from './settling.js';
import { adminFolder, planFleet, startAgents, startCoordinator } from './small-fleet.js';
import type { FleetPlan, FleetSettings } from './small-fleet.js';
import { containersOn, deleteMiners, processesHere, refuseSecondQuickstart, removeLeftovers } from './take-down.js';
import type { Found } from './take-down.js';

/** What the quickstart finds around it. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Takes what has to be undone at the end. */
  readonly cleanup: Cleanup;
  /** Aborted when the user wants it to end. */
  readonly end: AbortSignal;
}

const USUAL_SOCKET = '/var/run/docker.sock';
const LONG_MS = 2 ** 30;

/** Brings the small fleet up, shows it, and stays until the user wants it to end, or returns at once with `once`. */
export async function runQuickstart(options: Options, { env, cleanup, end }: Surroundings): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([end, broken.signal]);
  const folder = await mkdtemp(join(tmpdir(), 'headframe-quickstart-'));
  cleanup.add('its folder', () => rm(folder, { recursive: true, force: true }));
  const engine = new Engine(env['DOCKER_HOST']?.slice('unix://'.length) ?? USUAL_SOCKET);
  const examples = await prepareExamples(options, engine, folder, cleanup);
  const plan = await planFleet();
  const programEnv = environmentOf(env, plan, folder);
  const settings: Settings = {
    plan,
    folder,
    cleanup,
    env: programEnv,
    runtime: options.runtime,
    engineSocket: engine.socketPath,
    natsUrl: env['NATS_URL'] ?? '',
    onUnexpectedEnd: (error) => broken.abort(error),
  };
  const found = options.runtime === 'docker' ? containersOn(engine) : processesHere();
  const fleet = await bringUp(settings, found, { signal, isBroken: () => broken.signal.aborted });

  const results = options.json ? 'stderr' : 'stdout';
  const run = { env: programEnv, results, signal } as const;
  await runHeadframe(['apply', '-f', examples], run);
  const view = await awaitSettled(fleet, options.timeoutMs, signal);
  for (const table of ['hosts', 'miners', 'instances']) await runHeadframe([table, 'ls'], run);
  showEnd(options, view, addressesOf(settings));
  if (!options.once) await stay(signal);
}

/** Answers the folder of manifests to apply. */
async function prepareExamples(
  { runtime }: Options,
  engine: Engine,
  folder: string,
  cleanup: Cleanup,
): Promise<string> {
  const specs = await readExamples();
  if (runtime === 'process') {
    say('running the miners as plain processes: not isolated from this machine, and without limits');
    return writeProcessExamples(specs, folder);
  }
  await refuseSecondQuickstart(engine);
  say(`building the example image ${EXAMPLE_IMAGE}`);
  cleanup.add('the example image', await ensureExampleImage(engine));
  return 'deploy/examples';
}

/** The programs' and where metrics go; empty for nowhere. */
type Settings = FleetSettings & { readonly natsUrl: string };

interface Health {
  readonly signal: AbortSignal;
  readonly isBroken: () => boolean;
}

async function bringUp(settings: Settings, found: Found, { signal, isBroken }: Health): Promise<FleetClient> {
  const { plan, cleanup } = settings;
  const hostIds = plan.hosts.map(({ id }) => id);
  say(`starting a coordinator at ${plan.address}`);
  const fleet = await startCoordinator(settings, signal);
  cleanup.add(found.noun, () => removeLeftovers(found, hostIds));
  say(`joining two hosts by a token, and starting their agents: ${plan.hosts.map(({ name }) => name).join(', ')}`);
  await startAgents(settings, fleet, signal);
  const isEmpty = async (): Promise<boolean> => (await found.list(hostIds)).length === 0;
  cleanup.add('the miners', async (force) => {
    // A fleet that lacks a program may never get there; what is left is removed below all the same.
    if (!isBroken()) await deleteMiners(fleet, isEmpty, force);
  });
  return fleet;
}

/** Nothing of the user's own configuration may steer the small fleet. */
function environmentOf(env: NodeJS.ProcessEnv, { address }: FleetPlan, folder: string): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('HEADFRAME_'));
  return {
    ...Object.fromEntries(others),
    HEADFRAME_ADDRESS: address,
    HEADFRAME_IDENTITY: adminFolder(folder),
    HEADFRAME_CONFIG: join(folder, 'client.yaml'),
  };
}

function addressesOf({ plan, natsUrl, folder }: Settings): Addresses {
  const nats = natsUrl === '' ? null : natsUrl;
  return { coordinator: plan.address, identity: adminFolder(folder), metrics: plan.metrics, nats, logs: folder };
}

function showEnd({ json, once, runtime }: Options, view: FleetView, addresses: Addresses): void {
  const out = json ? process.stderr : process.stdout;
  out.write(`\n${whyText(view)}`);
  if (!once) out.write(`\n${hintsText(view, addresses)}\nCtrl-C here ends and removes all of it.\n`);
  if (json) process.stdout.write(`${JSON.stringify(finalState(view, addresses, runtime))}\n`);
}

/** Throws when a program ends by itself; returns when the user wants it to end. */
async function stay(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(LONG_MS, undefined, { signal }).catch(() => undefined);
  if (!(signal.reason instanceof Interrupted)) signal.throwIfAborted();
}
