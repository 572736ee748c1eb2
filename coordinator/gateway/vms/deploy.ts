import { z } from 'zod';
import { ApplyChange, FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Instance } from '../../../common/gen/headframe/v1/instance_pb.js';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { MACHINE_LABEL } from '../../../common/model/machine.js';
import { MODEL_PORT } from '../../../common/model/model-spec.js';
import type { Answer, Exchange } from '../route.js';
import { DeploymentBoard, awaitedAfter } from './deployment-board.js';
import type { Awaited, DeploymentEnd } from './deployment-board.js';
import { modelOf } from './model-of.js';
import type { ModelWish } from './model-of.js';
import type { VmRoutesParts } from './parts.js';
import { deployFailed, nameTaken, nothingDeployed, vmInactive } from './refusals.js';
import type { Vm } from './vm.js';
import { LATE, within } from './within.js';

const { applyMiners, getMiner, listInstances, restartMiner, watchFleet } = FleetService.method;

/** What a model is built of may have to be fetched first, in milliseconds. */
const APPLY_MS = 10 * 60_000;
const LIST_PAGE = 1_000;

/** What the routes of deployments answer. */
export const deployedSchema = z.object({
  exit_code: z.literal(0).nullable().describe('0 once it runs; null while it is under way. What fails is a problem.'),
  status: z.enum(['running', 'deploying']),
  vmId: z.string(),
  container_name: z.string().describe('Name of its miner, which is the id of the VM.'),
  instance: z.string().nullable(),
  port: z.int().describe('At which the model listens.'),
  ports: z.record(z.string(), z.int()).describe('Host ports by those of the container.'),
  api_url: z.string().nullable().describe('Where it answers.'),
  why: z.object({ reason: z.string(), text: z.string() }),
});

/** How long an answer may wait for what is deployed, in seconds. */
export const waitField = z
  .number()
  .min(0)
  .max(3_600)
  .prefault(600)
  .describe('How long the answer may wait until the model runs or has failed; then it is 202.');

/** Runs a model on a VM and answers once it does; 202 where that takes longer. Throws `HeadframeError` where it came to nothing. */
export async function deploy(
  exchange: Exchange,
  vm: Vm,
  { waitSeconds, ...wish }: ModelWish & { readonly waitSeconds: number },
  { clock }: Pick<VmRoutesParts, 'clock'>,
): Promise<Answer> {
  const untilMs = clock.monotonicMs() + waitSeconds * 1_000;
  if (vm.status !== 'active' || vm.hostId === '') throw vmInactive(vm.id, vm.why.text);
  const awaited = await applied(exchange, vm, wish);
  const board = new DeploymentBoard(awaited);
  const ms = Math.max(0, untilMs - clock.monotonicMs());
  const end = await watched(exchange, vm.id, board, { ms, clock });
  if (end?.kind === 'failed') throw deployFailed(vm.id, end.failure);
  const body = deployedOf(vm, wish.port, end?.instance, board.why());
  return { status: end === undefined ? 202 : 200, body };
}

/** The instance of what is deployed on a VM. Throws `HeadframeError` ('vm_nothing_deployed'). */
export async function instanceOn({ call }: Pick<Exchange, 'call'>, vm: Vm): Promise<Instance> {
  const wish = { miner: vm.id, states: [InstanceState.RUNNING], pageSize: 1 };
  const [instance] = (await call(listInstances, wish)).instances;
  if (instance === undefined) throw nothingDeployed(vm.id);
  return instance;
}

/** Has the miner of a VM be what is wished, and started where it was stopped. */
async function applied({ call }: Exchange, vm: Vm, wish: ModelWish): Promise<Awaited> {
  const name = vm.id;
  const before = await instancesBefore(call, vm);
  const { results, revision } = await call(applyMiners, { miners: [modelOf(vm, wish)] }, { timeoutMs: APPLY_MS });
  const isReplaced = results.some(({ change }) => change === ApplyChange.UPDATED_BY_REPLACEMENT);
  const { miner } = await call(getMiner, { name });
  if (miner?.stopped === true) await call(restartMiner, { name });
  return awaitedAfter(before, isReplaced ? revision : (miner?.rollout?.toRevision ?? 0n));
}

/** The instances that there are; none where there is no miner. Throws `HeadframeError` where the name is somebody else's. */
async function instancesBefore(call: Exchange['call'], vm: Vm): Promise<readonly Instance[]> {
  const name = vm.id;
  const before = await call(getMiner, { name }).catch((error: unknown) => {
    if (error instanceof HeadframeError && error.code === 'not_found') return undefined;
    throw error;
  });
  if (before === undefined) return [];
  if (before.miner?.spec?.labels[MACHINE_LABEL] !== vm.id) throw nameTaken(name);
  return (await call(listInstances, { miner: name, includeEnded: true, pageSize: LIST_PAGE })).instances;
}

/** How it ended; undefined once the time is over. */
async function watched(
  { stream }: Exchange,
  miner: string,
  board: DeploymentBoard,
  limit: { readonly ms: number; readonly clock: VmRoutesParts['clock'] },
): Promise<DeploymentEnd | undefined> {
  const watch = stream(watchFleet, { miner, miners: true, instances: true });
  for await (const told of within(watch, limit.ms, limit.clock)) {
    if (told === LATE) return undefined;
    for (const change of told.changes) board.take(change);
    const end = board.end();
    if (end !== undefined) return end;
  }
  return undefined;
}

function deployedOf(
  vm: Vm,
  port: number,
  instance: Instance | undefined,
  why: { readonly reason: string; readonly text: string },
): z.output<typeof deployedSchema> {
  const ports = instance?.ports ?? [];
  const own = ports.find(({ name }) => name === MODEL_PORT)?.hostPort ?? 0;
  return {
    ...{ exit_code: instance === undefined ? null : 0, status: instance === undefined ? 'deploying' : 'running' },
    ...{ vmId: vm.id, container_name: vm.id, instance: instance?.id ?? null, port },
    ports: Object.fromEntries(ports.map(({ containerPort, hostPort }) => [String(containerPort), hostPort])),
    api_url: vm.address === undefined || own === 0 ? null : urlOf(vm.address, own),
    why,
  };
}

function urlOf(address: string, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${String(port)}`;
}
