import type { ObservedInstance, RuntimeEvent } from '../runtime.js';

/** What happened to an instance between two looks at it, in order. */
export function eventsBetween(
  before: ObservedInstance | undefined,
  after: ObservedInstance | undefined,
): RuntimeEvent[] {
  if (after === undefined) return before === undefined ? [] : [...endOf(before), event(before, 'removed')];
  if (after.startedAtMs > (before?.startedAtMs ?? 0))
    return [...endOf(before), event(after, 'started'), ...(after.status === 'exited' ? [event(after, 'ended')] : [])];
  return after.status === 'running' ? [] : endOf(before);
}

function endOf(before: ObservedInstance | undefined): RuntimeEvent[] {
  return before?.status === 'running' ? [event(before, 'ended')] : [];
}

function event({ serial }: ObservedInstance, kind: RuntimeEvent['kind']): RuntimeEvent {
  return { serial, kind };
}
