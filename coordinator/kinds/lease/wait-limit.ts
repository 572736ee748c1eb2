import type { InstanceRecord } from '../../../common/model/instance.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import { PRINT_AMOUNT } from '../../../common/model/quota-text.js';
import { formatDuration } from '../../../common/model/units.js';
import type { LeaseView } from './lease-view.js';

/** How long a lease waits for a host that says nothing of it, in milliseconds. */
export const DEFAULT_WAIT_LIMIT_MS = 600_000;

/** Why a lease that has no host yet waits no longer, with what was asked for and the scheduler's why; undefined while it may. Pure. */
export function waitedInVain(
  { lease, asked, nowMs }: Pick<LeaseView, 'lease' | 'asked' | 'nowMs'>,
  { reason, text }: Pick<InstanceRecord, 'reason' | 'text'>,
): { readonly reason: 'lease_no_host'; readonly text: string } | undefined {
  if (nowMs - lease.createdAtMs < lease.waitLimitMs) return undefined;
  const what = asked === undefined ? '' : `, for ${printAsked(asked)}`;
  const waited = `It waited ${formatDuration(lease.waitLimitMs)} for a host${what}`;
  return { reason: 'lease_no_host', text: `${waited}: ${text} (${reason})` };
}

function printAsked({ resources, constraints }: Pick<MinerSpec, 'resources' | 'constraints'>): string {
  const { cpuMillis, memoryBytes, diskBytes, gpus } = resources;
  return [
    PRINT_AMOUNT.cpuMillis(cpuMillis),
    PRINT_AMOUNT.memoryBytes(memoryBytes),
    PRINT_AMOUNT.diskBytes(diskBytes),
    ...(gpus === 0 ? [] : [PRINT_AMOUNT.gpus(gpus)]),
    ...constraints.map(({ attribute, operator, values }) => [attribute, operator, values.join(', ')].join(' ').trim()),
  ].join(', ');
}
