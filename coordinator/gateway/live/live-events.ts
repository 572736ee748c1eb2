import type { Event } from '../../../common/gen/headframe/v1/event_pb.js';
import { Severity } from '../../../common/gen/headframe/v1/event_pb.js';

/** Events that are about stakes, and what ended of the calls that pay. */
const STAKE = /^(?:stake|restake|reward|intent)s?_/;
/** Events that are about chains and what is done on them. */
const CHAIN =
  /^(?:network|endpoint|chain|wallet|hotkey|subnet|registration|deregistration|hyperparameter|serving|served|weights|neuron|pruned|intent)s?_/;

const WORDS: Readonly<Record<Severity, string>> = {
  [Severity.UNSPECIFIED]: 'info',
  [Severity.INFO]: 'info',
  [Severity.WARNING]: 'warning',
  [Severity.ERROR]: 'error',
};

/** Whether an event belongs to a topic; those of paying calls belong to both. */
export function isOf(topic: 'stake' | 'chain', { reason }: Pick<Event, 'reason'>): boolean {
  return (topic === 'stake' ? STAKE : CHAIN).test(reason);
}

/** An event in JSON. */
export function eventData({ revision, atMs, reason, text, severity, miner, hostId }: Event) {
  return {
    revision: String(revision),
    at: new Date(Number(atMs)).toISOString(),
    ...{ reason, text, miner, host: hostId },
    severity: WORDS[severity],
  };
}

/** The revision that a stream of events can be resumed from after a batch; a full one may not hold the whole of its last. */
export function resumeAfter(events: readonly Event[], mostEvents: number): bigint | undefined {
  const last = events.at(-1)?.revision;
  if (last === undefined) return undefined;
  return events.length < mostEvents ? last : last - 1n;
}
