import { expect } from 'chai';
import type { AlertBook, AlertEntry, Told } from '../../../../coordinator/alerts/book.js';
import { planAlerts, withDelivery } from '../../../../coordinator/alerts/plan.js';
import type { AlertStep, Delivery, Telling } from '../../../../coordinator/alerts/plan.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FAILED: Delivery = { kind: 'failed', reason: 'alert_late', text: 'late' };

const entry = (patch: Partial<AlertEntry> = {}): AlertEntry => ({
  ...{ reason: 'host_lost', about: 'a', text: 'gone', sinceMs: 0, seenAtMs: 0, raisedAtMs: 0, told: {} },
  ...patch,
});
const book = (one: AlertEntry, troubles: AlertBook['troubles'] = {}): AlertBook => ({
  entries: { 'host_lost a': one },
  troubles,
});
const raised = (atMs: number, times = 1): Told => ({ state: 'raised', atMs, times });
const words = (steps: readonly AlertStep[]): string[] =>
  steps.map((step) => `${step.kind} ${step.kind === 'forget' ? step.key : step.target}: ${step.reason}`);
const plan = (what: AlertBook, nowMs: number, targets = ['w']): string[] =>
  words(planAlerts(what, targets, nowMs, 4 * HOUR));
/** The first step, which tells; reminders come after an hour. */
function telling(what: AlertBook, nowMs: number): Telling {
  const [step] = planAlerts(what, ['w'], nowMs, HOUR);
  if (step?.kind !== 'tell') expect.fail('not told');
  return step;
}

describe('planAlerts', () => {
  it('tells each target once what is raised, and nobody what is not yet', () => {
    const { raisedAtMs: _raised, ...pending } = entry();
    expect(plan(book(pending), 0)).to.deep.equal([]);
    expect(plan(book(entry()), 0, ['w', 'n'])).to.deep.equal(['tell w: raised', 'tell n: raised']);
    expect(plan(book(entry({ told: { w: raised(0) } })), 1, ['w', 'n'])).to.deep.equal(['tell n: raised']);
  });

  it('reminds ever more rarely of what lasts, and not while it may be over', () => {
    const told = (times: number): AlertBook => book(entry({ told: { w: raised(0, times) } }));
    expect(plan(told(1), 4 * HOUR - 1)).to.deep.equal([]);
    expect(plan(told(1), 4 * HOUR)).to.deep.equal(['tell w: reminder']);
    expect(plan(told(2), 8 * HOUR - 1)).to.deep.equal([]);
    expect(plan(told(2), 8 * HOUR)).to.deep.equal(['tell w: reminder']);
    expect(plan(told(40), 7 * DAY)).to.deep.equal(['tell w: reminder']);
    expect(plan(book(entry({ goneAtMs: 1, told: { w: raised(0) } })), 4 * HOUR)).to.deep.equal([]);
  });

  it('tells everybody that it is over, also whom it was not told to, then forgets it', () => {
    const over = { goneAtMs: 5, clearedAtMs: 10 };
    expect(plan(book(entry(over)), 10)).to.deep.equal(['tell w: cleared']);
    expect(plan(book(entry({ ...over, told: { w: raised(0) } })), 10)).to.deep.equal(['tell w: cleared']);
    const done = entry({ ...over, told: { w: { state: 'cleared', atMs: 10, times: 1 } } });
    expect(plan(book(done), 11)).to.deep.equal(['forget host_lost a: told']);
    expect(plan(book(entry(over)), 8 * DAY)).to.include('forget host_lost a: too_old');
  });

  it('leaves a target alone that took nothing, longer each time', () => {
    let now = 0;
    let at = book(entry());
    const waits: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const step = telling(at, now);
      at = withDelivery(at, step, FAILED, now);
      const [wait] = planAlerts(at, ['w'], now, HOUR);
      if (wait?.kind !== 'wait') expect.fail('not waiting');
      waits.push((wait.untilMs - now) / 1000);
      now = wait.untilMs;
    }
    expect(waits).to.deep.equal([10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
    expect(plan(at, now - 1, ['w', 'n'])).to.deep.equal(['wait w: backing_off', 'tell n: raised']);
    // A clock that was set back by days.
    expect(plan(at, now - DAY)).to.deep.equal(['tell w: raised']);
  });

  it('is well again with what was taken, and knows it by one id until then', () => {
    const first = telling(book(entry()), 0);
    const failed = withDelivery(book(entry()), first, FAILED, 0);
    const again = telling(failed, HOUR);
    expect(again.notices[0]?.id).to.equal(first.notices[0]?.id);
    const taken = withDelivery(failed, again, { kind: 'taken' }, HOUR);
    expect(taken.troubles).to.deep.equal({});
    expect(taken.entries['host_lost a']?.told).to.deep.equal({ w: raised(HOUR) });
    const reminder = telling(taken, 3 * HOUR);
    expect(reminder.notices[0]?.id).to.not.equal(first.notices[0]?.id);
    const reminded = withDelivery(taken, reminder, { kind: 'taken' }, 3 * HOUR);
    expect(reminded.entries['host_lost a']?.told).to.deep.equal({ w: raised(3 * HOUR, 2) });
  });

  it('tells of a hundred at once, each with what to do about it', () => {
    const entries = Object.fromEntries(
      Array.from({ length: 150 }, (_none, at) => [`host_lost ${String(at)}`, entry({ about: String(at) })]),
    );
    const step = telling({ entries, troubles: {} }, 0);
    expect(step.notices).to.have.lengthOf(100);
    expect(step.notices[0]).to.include({ severity: 'error', about: '0' });
    expect(step.notices[0]?.remedy).to.not.equal('');
  });
});
