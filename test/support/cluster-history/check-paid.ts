import type { HistoryEvent } from './history.js';
import type { Violation } from './violation.js';

/**
 * Payments: none is on the chain twice or without having been asked for, none that was acknowledged or paid is off the record,
 * and what is told of each in the end is what the chain has.
 */
export function checkPaid(history: readonly HistoryEvent[]): Violation[] {
  const asked = history.filter((event) => event.kind === 'asked');
  const told = new Map(history.flatMap((event) => (event.kind === 'told' ? [[event.intent, event.isPaid]] : [])));
  const wanted = new Set(asked.map(({ intent }) => intent));
  const acknowledged = asked.flatMap(({ intent, outcome }) => (outcome === 'acknowledged' ? [intent] : []));
  const [calls, twice] = callsOf(history);
  const lost = [...new Set([...acknowledged, ...calls.keys()])].filter((intent) => !told.has(intent));
  const untrue = [...told].filter(([intent, isPaid]) => calls.has(intent) !== isPaid);
  return [
    ...twice,
    ...[...calls.keys()]
      .filter((intent) => !wanted.has(intent))
      .map((intent) => ({ kind: 'paid_unasked', text: `${intent} was paid, and nobody asked for it` }) as const),
    ...lost.map((intent) => ({ kind: 'payment_lost', text: `nobody knows of ${intent} any more` }) as const),
    ...untrue.map(([intent, isPaid]) => {
      const text = `${intent} was told to be ${isPaid ? 'paid' : 'not paid'}, and the chain says otherwise`;
      return { kind: 'payment_untrue', text } as const;
    }),
  ];
}

/** The call that paid each intent first, and where another paid it again. */
function callsOf(history: readonly HistoryEvent[]): [ReadonlyMap<string, string>, readonly Violation[]] {
  const calls = new Map<string, string>();
  const twice = history.flatMap((event): Violation[] => {
    if (event.kind !== 'paid') return [];
    const before = calls.get(event.intent) ?? event.call;
    calls.set(event.intent, before);
    if (before === event.call) return [];
    return [{ kind: 'paid_twice', text: `${event.intent} was paid by ${before} and by ${event.call}` }];
  });
  return [calls, twice];
}
