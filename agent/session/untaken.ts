import { toHeadframeError } from '../../common/model/error.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { HeldAssignments } from '../state/agent-state.js';

/** Why the instances that are new in `next` do not begin: the agent could not write down that it is to hold them. */
export function reportUntaken(
  held: HeldAssignments,
  next: HeldAssignments,
  cause: unknown,
  atMs: number,
): InstanceReport[] {
  const known = new Set(held.assignments.map(({ serial }) => serial));
  const reason = isFull(cause) ? 'disk_full' : 'agent_state_unwritable';
  const text = `the agent cannot store what it is to hold: ${toHeadframeError(cause).message}`;
  return next.assignments
    .filter(({ serial }) => !known.has(serial))
    .map(({ serial, stop }) => ({
      serial,
      state: stop === undefined ? 'preparing' : 'stopping',
      health: 'none',
      reason,
      text,
      restarts: 0,
      exitCode: undefined,
      containerId: '',
      startedAtMs: 0,
      atMs,
      progress: undefined,
    }));
}

function isFull(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
