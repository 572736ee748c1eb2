import type { Health, InstanceState } from '../../common/model/instance.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { PrepareProgress } from '../runtime/runtime.js';
import { isLeftOver, unhealthyText } from './plan.js';
import type { InstanceView } from './plan.js';
import { NEW_RECORD } from './record.js';
import type { InstanceRecord, Reason } from './record.js';
import type { Step } from './step.js';

/** The step under way for an instance, how far a pull is, and whether the engine leaves the agent in the dark. */
export interface Activity {
  readonly step: Step | undefined;
  readonly progress: PrepareProgress | undefined;
  readonly engineAway: boolean;
}

const AWAY: Reason = { reason: 'engine_unavailable', text: 'waits for the container engine, which does not answer' };

/** How an assigned instance stands; undefined for what the coordinator does not assign. */
export function reportOf(view: InstanceView, activity: Activity): InstanceReport | undefined {
  if (view.assignment === undefined) return undefined;
  const record = view.record ?? NEW_RECORD;
  const { state, health, reason, text } = standing(view, record, activity);
  return {
    serial: view.serial,
    state,
    health,
    reason,
    text,
    restarts: record.restarts,
    exitCode: record.end?.exitCode ?? record.exitCode,
    containerId: view.observed?.containerId ?? '',
    startedAtMs: view.observed?.startedAtMs ?? 0,
    atMs: view.nowMs,
    progress: activity.progress,
  };
}

/** Whether two reports tell the same but for their time. */
export function sameReport(a: InstanceReport, b: InstanceReport): boolean {
  return JSON.stringify({ ...a, atMs: 0 }) === JSON.stringify({ ...b, atMs: 0 });
}

interface Standing extends Reason {
  readonly state: InstanceState;
  readonly health: Health;
}

function standing(view: InstanceView, record: InstanceRecord, activity: Activity): Standing {
  const health = view.health;
  if (record.end && view.observed?.status !== 'running' && !isLeftOver(view, record))
    return { ...record.end, health: 'none' };
  const order = record.end ?? view.assignment?.stop;
  if (order) return { state: 'stopping', health, reason: order.reason, text: stoppingText(order, record, activity) };
  if (view.observed?.status === 'running') return runningStanding(view, record);
  return startingStanding(view, record, activity);
}

function stoppingText({ text }: Reason, record: InstanceRecord, { engineAway }: Activity): string {
  if (engineAway) return `${text}; ${AWAY.text}`;
  if (record.endNotBeforeMs === 0 || record.problem === undefined) return text;
  return `${text}; it could not be ended yet: ${record.problem.text}`;
}

function runningStanding(view: InstanceView, record: InstanceRecord): Standing {
  if (record.ending) return { state: 'running', health: 'unhealthy', ...record.ending };
  switch (view.health) {
    case 'none':
      return { state: 'running', health: 'none', reason: 'started', text: 'the container runs' };
    case 'healthy':
      return { state: 'running', health: 'healthy', reason: 'became_healthy', text: 'the health check passes' };
    case 'unhealthy':
      return {
        state: 'running',
        health: 'unhealthy',
        reason: 'became_unhealthy',
        text: unhealthyText(view),
      };
    case 'checking':
      return {
        state: 'starting',
        health: 'checking',
        reason: 'health_checking',
        text: 'waiting for the first health check to pass',
      };
  }
}

function startingStanding(view: InstanceView, record: InstanceRecord, activity: Activity): Standing {
  const health = view.assignment?.workload.health ? 'checking' : 'none';
  if (activity.step?.kind === 'launch') return { state: 'starting', health, ...launchReason(record) };
  if (activity.step?.kind === 'prepare') {
    return { state: 'preparing', health, ...preparingReason(activity) };
  }
  const state = record.prepared || view.observed ? 'starting' : 'preparing';
  return { state, health, ...(activity.engineAway ? AWAY : waitingReason(view, record)) };
}

function preparingReason({ progress }: Activity): Reason {
  const text = progress?.text ?? 'the image is looked up or pulled';
  return { reason: progress?.activity === 'build' ? 'image_building' : 'image_pulling', text };
}

/** A start that follows an end says what ended: its backoff may be over before anybody was told. */
function launchReason({ problem }: InstanceRecord): Reason {
  if (problem) return { reason: problem.reason, text: `${problem.text}; it is being started again` };
  return { reason: 'container_starting', text: 'the container is being started' };
}

function waitingReason(view: InstanceView, record: InstanceRecord): Reason {
  if (view.awaits && (record.prepared || view.observed)) return view.awaits;
  if (record.problem) return waitingText(record, record.problem);
  if (!view.leaseHeld) return { reason: 'lease_expired', text: 'waits for the coordinator to renew the host lease' };
  return { reason: record.prepared ? 'image_ready' : 'image_pulling', text: 'next in line' };
}

function waitingText(record: InstanceRecord, problem: Reason): Reason {
  const next = new Date(record.notBeforeMs).toISOString();
  return { reason: problem.reason, text: `${problem.text}; next try at ${next}` };
}
