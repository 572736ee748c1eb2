import { expect } from 'chai';
import { checkHistory } from '../../../support/cluster-history/check-history.js';
import type {
  Asked,
  Began,
  Ended,
  HistoryEvent,
  Lead,
  Paid,
  Read,
  Told,
  Write,
} from '../../../support/cluster-history/history.js';
import type { ViolationKind } from '../../../support/cluster-history/violation.js';

const REASONS = { exclusive: ['lease_expired'], others: ['scaled_down'] };

/** Acknowledged at that revision, after as many milliseconds. */
function write(key: string, value: number, revision: number, patch: Partial<Write> = {}): Write {
  const times = { startMs: revision * 10, endMs: revision * 10 + 5 };
  return { kind: 'write', key, value, ...times, outcome: 'acknowledged', revision, isRepeat: false, ...patch };
}

function unknown(key: string, value: number, startMs: number): Write {
  return write(key, value, 0, { startMs, endMs: startMs + 5, outcome: 'unknown' });
}

function read(revision: number, values: Record<string, number>, patch: Partial<Read> = {}): Read {
  const times = { startMs: revision * 10 + 6, endMs: revision * 10 + 7 };
  return { kind: 'read', ...times, revision, ageMs: 0, values, ...patch };
}

function began(container: string, patch: Partial<Began> = {}): Began {
  const of = { host: 'h1', serial: 1, miner: 'm', identity: '', atMs: 0 };
  return { kind: 'began', container, ...of, ...patch };
}

function ended(container: string, atMs: number, reason: string): Ended {
  return { kind: 'ended', host: 'h1', container, atMs, reason };
}

function lead(coordinator: string, epoch: number, startMs: number): Lead {
  return { kind: 'lead', coordinator, epoch, startMs, endMs: startMs + 1 };
}

function asked(intent: string, outcome: Asked['outcome'] = 'acknowledged'): Asked {
  return { kind: 'asked', intent, startMs: 0, endMs: 1, outcome };
}

function unsure(intent: string): Asked {
  return asked(intent, 'unknown');
}

function paid(intent: string, call: string): Paid {
  return { kind: 'paid', intent, call };
}

function told(intent: string, isPaid: boolean): Told {
  return { kind: 'told', intent, isPaid };
}

/** Paid and told so. */
function whole(intent: string): readonly HistoryEvent[] {
  return [paid(intent, '0x1'), told(intent, true)];
}

function found(...history: HistoryEvent[]): ViolationKind[] {
  return checkHistory(history, REASONS).map(({ kind }) => kind);
}

const KEPT: readonly { readonly what: string; readonly history: readonly HistoryEvent[] }[] = [
  {
    what: 'changes that all show',
    history: [write('a', 1, 1), write('b', 1, 2), write('a', 2, 3), read(3, { a: 2, b: 1 })],
  },
  { what: 'a reading of before a change', history: [write('a', 1, 1), read(1, { a: 1 }), write('a', 2, 2)] },
  {
    what: 'a change that nobody knows of and that came',
    history: [write('a', 1, 1), unknown('a', 2, 20), read(3, { a: 2 })],
  },
  {
    what: 'a change that nobody knows of and that did not come',
    history: [write('a', 1, 1), unknown('a', 2, 20), read(3, { a: 1 })],
  },
  {
    what: 'a change found done by its second try',
    history: [write('b', 1, 1), write('a', 1, 1, { isRepeat: true }), read(1, { a: 1, b: 1 })],
  },
  {
    what: 'an old reading that says so',
    // The second was acknowledged at 25.
    history: [write('a', 1, 1), write('a', 2, 2), read(1, { a: 1 }, { startMs: 90, endMs: 91, ageMs: 65 })],
  },
  {
    what: 'a reading that goes back by no more than its age',
    history: [read(3, {}), read(2, {}, { startMs: 90, endMs: 91, ageMs: 60 })],
  },
  {
    what: 'an identity that moves',
    history: [
      began('x', { identity: 'k' }),
      ended('x', 50, 'lease_expired'),
      began('y', { identity: 'k', serial: 2, host: 'h2', atMs: 51 }),
    ],
  },
  { what: 'two of one miner', history: [began('x'), began('y', { serial: 2, host: 'h2' })] },
  {
    what: 'leaders one after the other',
    history: [
      lead('c1', 1, 0),
      lead('c2', 2, 5),
      { kind: 'dispatch', host: 'h1', epoch: 1, atMs: 1 },
      { kind: 'dispatch', host: 'h1', epoch: 2, atMs: 6 },
    ],
  },
  { what: 'a former leader that was asked before', history: [lead('c2', 2, 5), { ...lead('c1', 1, 4), endMs: 9 }] },
  {
    what: 'a call that is seen twice',
    history: [asked('i'), paid('i', '0x1'), paid('i', '0x1'), told('i', true)],
  },
  { what: 'a payment that failed', history: [asked('i'), told('i', false)] },
  { what: 'a payment that was asked for until it was acknowledged', history: [unsure('i'), asked('i'), ...whole('i')] },
  { what: 'a payment that nobody knows of and that came', history: [unsure('i'), ...whole('i')] },
  { what: 'a payment that nobody knows of and that did not come', history: [unsure('i')] },
];

const BROKEN: readonly {
  readonly kind: ViolationKind;
  readonly what: string;
  readonly history: readonly HistoryEvent[];
}[] = [
  {
    kind: 'write_lost',
    what: 'a change that went back',
    history: [write('a', 1, 1), write('a', 2, 2), read(2, { a: 1 })],
  },
  { kind: 'write_lost', what: 'a change that is gone', history: [write('a', 1, 1), read(2, {})] },
  {
    kind: 'write_lost',
    what: 'a change hidden by one that was overwritten before',
    history: [write('a', 1, 1), write('a', 2, 2), write('a', 3, 3), read(3, { a: 2 })],
  },
  {
    kind: 'write_invented',
    what: 'a value that nobody asked for',
    history: [write('a', 1, 1), read(1, { a: 1, b: 7 })],
  },
  {
    kind: 'write_invented',
    what: 'a value from before it was asked for',
    history: [unknown('a', 1, 90), read(1, { a: 1 })],
  },
  {
    kind: 'revision_twice',
    what: 'two that were acknowledged in one place',
    history: [write('a', 1, 1), write('b', 1, 1)],
  },
  {
    kind: 'revision_back',
    what: 'a later change at an earlier place',
    history: [write('a', 1, 5), write('b', 1, 4, { startMs: 70, endMs: 75 })],
  },
  {
    kind: 'read_old',
    what: 'an old reading told as new',
    history: [write('a', 1, 1), write('b', 1, 2), read(1, { a: 1 }, { startMs: 90, endMs: 91 })],
  },
  {
    kind: 'read_old',
    what: 'a reading that is older than it says',
    history: [write('a', 1, 1), write('b', 1, 2), read(1, { a: 1 }, { startMs: 90, endMs: 91, ageMs: 64 })],
  },
  {
    kind: 'read_back',
    what: 'an old reading that goes back',
    history: [read(3, {}), read(2, {}, { startMs: 90, endMs: 91, ageMs: 50 })],
  },
  {
    kind: 'identity_twice',
    what: 'an identity in two places',
    history: [
      began('x', { identity: 'k' }),
      ended('x', 50, 'lease_expired'),
      began('y', { identity: 'k', serial: 2, host: 'h2', atMs: 49 }),
    ],
  },
  {
    kind: 'identity_twice',
    what: 'an identity whose first holder never ended',
    history: [began('x', { identity: 'k' }), began('y', { identity: 'k', serial: 2, host: 'h2', atMs: 49 })],
  },
  {
    kind: 'identity_twice',
    what: 'a third holder while the first goes on',
    history: [
      began('x', { identity: 'k' }),
      ended('x', 50, 'lease_expired'),
      began('y', { identity: 'k', serial: 2, atMs: 10 }),
      ended('y', 11, 'lease_expired'),
    ],
  },
  {
    kind: 'container_restarted',
    what: 'an instance with a second container',
    history: [began('x'), ended('x', 5, 'scaled_down'), began('y', { atMs: 6 })],
  },
  {
    kind: 'container_ended',
    what: 'an end by a lease of what does not live by it',
    history: [began('x'), ended('x', 5, 'lease_expired')],
  },
  {
    kind: 'container_ended',
    what: 'an end for no reason',
    history: [began('x', { identity: 'k' }), ended('x', 5, '')],
  },
  {
    kind: 'epoch_back',
    what: 'an agent that goes back',
    history: [
      { kind: 'dispatch', host: 'h1', epoch: 2, atMs: 1 },
      { kind: 'dispatch', host: 'h1', epoch: 1, atMs: 2 },
    ],
  },
  { kind: 'epoch_shared', what: 'an epoch of two', history: [lead('c1', 1, 0), { ...lead('c2', 1, 0) }] },
  {
    kind: 'old_leader_spoke',
    what: 'a former leader',
    history: [lead('c1', 1, 0), lead('c2', 2, 5), lead('c1', 1, 9)],
  },
  {
    kind: 'paid_twice',
    what: 'an intent of two calls',
    history: [asked('i'), ...whole('i'), paid('i', '0x2')],
  },
  { kind: 'paid_unasked', what: 'a payment that nobody asked for', history: whole('i') },
  { kind: 'payment_lost', what: 'an acknowledged payment that is not on record', history: [asked('i')] },
  {
    kind: 'payment_lost',
    what: 'a payment on the chain that is not on record',
    history: [unsure('i'), paid('i', '0x1')],
  },
  {
    kind: 'payment_untrue',
    what: 'a payment that is said to be done and is not on the chain',
    history: [asked('i'), told('i', true)],
  },
  {
    kind: 'payment_untrue',
    what: 'a payment on the chain that is said to have failed',
    history: [asked('i'), paid('i', '0x1'), told('i', false)],
  },
];

describe('the checker of histories', () => {
  for (const { what, history } of KEPT)
    it(`finds nothing in ${what}`, () => {
      expect(found(...history)).to.deep.equal([]);
    });

  for (const { kind, what, history } of BROKEN)
    it(`finds ${what}`, () => {
      expect([...new Set(found(...history))]).to.deep.equal([kind]);
    });
});
