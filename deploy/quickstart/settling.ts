import { Health, InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Miner } from '../../common/gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { formatDuration } from '../../common/model/units.js';
import { INSTANCE_STATE } from '../../common/wire/enums.js';
import type { FleetClient, FleetView } from './fleet-client.js';
import { pollUntil } from './poll.js';
import { say } from './say.js';

const LOOK_EVERY_MS = 250;

/**
 * Shows how the fleet comes up until nothing is left to decide, to start or to check, and answers how it then stands.
 * Throws `HeadframeError` (deadline_exceeded) telling what hangs.
 */
export async function awaitSettled(fleet: FleetClient, timeoutMs: number, signal: AbortSignal): Promise<FleetView> {
  let shown = '';
  let last: FleetView | undefined;
  const look = async (): Promise<FleetView | undefined> => {
    const view = await fleet.view();
    last = view;
    const line = progressLine(view.miners);
    if (line !== shown) say(line);
    shown = line;
    return isSettled(view) ? view : undefined;
  };
  const settled = await pollUntil(look, { everyMs: LOOK_EVERY_MS, timeoutMs, signal });
  if (settled !== undefined) return settled;
  throw new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'not_settled',
    message: `the fleet has not settled in ${formatDuration(timeoutMs)}. ${last ? hanging(last) : 'It does not answer.'}`,
    remedy: 'Give it longer with --timeout 10m, or mend what is told above.',
  });
}

function isSettled({ status, miners, instances }: FleetView): boolean {
  const undecided = instances.some(({ health }) => health === Health.CHECKING || health === Health.UNHEALTHY);
  return status.settled && miners.length > 0 && !undecided;
}

function progressLine(miners: readonly Miner[]): string {
  const parts = miners.map(({ spec, counts }) => {
    const waiting = counts !== undefined && counts.pending > 0 ? `, ${counts.pending} waiting` : '';
    return `${spec?.name ?? ''} ${counts?.running ?? 0}/${counts?.desired ?? 0} running${waiting}`;
  });
  return parts.join('; ');
}

function hanging({ instances, miners }: FleetView): string {
  const late = instances.filter(({ state, health }) => state !== InstanceState.RUNNING || health === Health.UNHEALTHY);
  const told = [
    ...late.map(
      ({ id, state, reason, text }) => `${id} is ${INSTANCE_STATE.find(state) ?? 'unknown'}: ${text} (${reason})`,
    ),
    ...miners.flatMap(({ spec, why }) =>
      why === undefined ? [] : [`${spec?.name ?? ''}: ${why.text} (${why.reason})`],
    ),
  ];
  return told.length === 0 ? 'Health checks have not all passed.' : told.join('; ');
}
