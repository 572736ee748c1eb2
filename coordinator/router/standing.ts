import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { MODEL_PORT } from '../../common/model/model-spec.js';
import type { Workload } from '../../common/model/workload.js';

/**
 * Whether an instance is asked: `ready`; `spare`, only while none is ready; `leaving`, not any more, though what it was asked may
 * end; `out`, not at all. The text says why where it is not ready.
 */
export interface Standing {
  readonly kind: 'ready' | 'spare' | 'leaving' | 'out';
  readonly why: string;
}

/** What is looked at of an instance and its host. */
export type Standee = Pick<InstanceRecord, 'state' | 'health' | 'reason'>;

const READY: Standing = { kind: 'ready', why: '' };

/** Whether and why an instance is asked. Pure. */
export function standingOf(
  { state, health, reason }: Standee,
  host: Pick<HostRecord, 'state' | 'draining'> | undefined,
): Standing {
  if (state === 'stopping') return { kind: 'leaving', why: `it is stopping (${reason})` };
  if (state !== 'running') return { kind: 'out', why: `it is ${state} (${reason})` };
  if (health === 'unhealthy') return { kind: 'leaving', why: 'its health check fails' };
  if (health === 'checking') return { kind: 'out', why: 'its health check has not passed yet' };
  if (host === undefined) return { kind: 'out', why: 'its host is gone' };
  if (host.state !== 'ready') return { kind: 'spare', why: `its host is ${host.state}` };
  return host.draining ? { kind: 'spare', why: 'its host is being drained' } : READY;
}

/** The port at which an instance of a model is asked; undefined for what is no model. Pure. */
export function askedPort({ kind, container }: Pick<Workload, 'kind' | 'container'>): number | undefined {
  if (kind !== 'model') return undefined;
  return container.ports.find(({ name, protocol }) => name === MODEL_PORT && protocol === 'tcp')?.containerPort;
}
