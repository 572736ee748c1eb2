import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import { instanceId } from '../../../common/model/instance.js';
import type { MinerRecord } from '../../../common/model/miner.js';
import type { FleetReader } from '../../fleet/port.js';
import type { ReachPort } from '../../router/index.js';
import { checkModel } from './check-model.js';
import type { ModelReport } from './check-model.js';
import { replicasOf } from './replicas.js';
import type { Replica } from './replicas.js';

/** How a replica meets the contract. */
export interface ReplicaReport extends Pick<ModelReport, 'conforms' | 'points' | 'tookMs'> {
  readonly instance: string;
  readonly hostId: string;
}

/** What checking works with. */
interface CheckParts {
  readonly fleet: Pick<FleetReader, 'instancesOf' | 'workload'>;
  readonly reach: ReachPort;
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
}

/** More are not asked by one call. */
const MOST_REPLICAS = 100;
const AT_ONCE = 8;

/**
 * Asks each replica of a model that runs by each route of the contract, a few at once, through the fleet's own way to them. Throws
 * `HeadframeError` (failed_precondition): 'not_a_model', 'model_not_running'.
 */
export async function checkReplicas(
  parts: CheckParts,
  { spec }: MinerRecord,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly ReplicaReport[]> {
  const { name } = spec;
  if (spec.kind !== 'model') throw notAModel(name, spec.kind);
  const replicas = replicasOf(parts.fleet, name, 'running').slice(0, MOST_REPLICAS);
  if (replicas.length === 0) throw notRunning(name);
  const reports = new Map<number, ReplicaReport>();
  const waiting = replicas.entries();
  const worker = async (): Promise<void> => {
    for (const [at, replica] of waiting) reports.set(at, await checkReplica(parts, replica, timeoutMs, signal));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return replicas.flatMap((_replica, at) => reports.get(at) ?? []);
}

async function checkReplica(
  { reach, clock }: CheckParts,
  { instance: { miner, serial, hostId = '' }, port }: Replica,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ReplicaReport> {
  const connect = (until: AbortSignal) => reach.connect(serial, port, until);
  const { conforms, points, tookMs } = await checkModel(new URL(`http://${miner}/`), {
    clock,
    timeoutMs,
    signal,
    connect,
  });
  return { instance: instanceId(miner, serial), hostId, conforms, points, tookMs };
}

function notAModel(name: string, kind: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_a_model',
    message: `${name} is of kind ${kind}`,
    remedy: 'Only models have the contract that is checked; headframe miners ls shows the kinds.',
  });
}

function notRunning(name: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'model_not_running',
    message: `no replica of ${name} runs`,
    remedy: `Wait until one does: headframe miners wait ${name}.`,
  });
}
