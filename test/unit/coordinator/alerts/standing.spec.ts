import { expect } from 'chai';
import { EMPTY_BOOK } from '../../../../coordinator/alerts/book.js';
import type { AlertBook, AlertEntry } from '../../../../coordinator/alerts/book.js';
import { withDelivery } from '../../../../coordinator/alerts/plan.js';
import { ALERT_RULES } from '../../../../coordinator/alerts/rules.js';
import { alertsStanding } from '../../../../coordinator/alerts/standing.js';
import { REASONS } from '../../../../common/model/reason.js';
import { sampleAlarm } from '../../../support/alert-samples.js';

const TARGETS = [{ name: 'webhook', where: 'https://hooks.example' }];
const entry = (patch: Partial<AlertEntry>): AlertEntry => ({
  ...{ reason: 'host_lost', about: 'a', text: 'gone', sinceMs: 1, seenAtMs: 2, told: {}, ...patch },
});
const book = (one: AlertEntry): AlertBook => ({ ...EMPTY_BOOK, entries: { [`${one.reason} ${one.about}`]: one } });
const only = (one: AlertEntry, alarms = [sampleAlarm('a')]) => alertsStanding(book(one), alarms, TARGETS).alerts[0];

describe('alertsStanding', () => {
  it('tells how far each alert has come, and who knows it', () => {
    const raised = { state: 'raised', atMs: 3, times: 1 } as const;
    expect(only(entry({}))).to.include({ state: 'waiting', raisedAtMs: 0, severity: REASONS.host_lost.severity });
    expect(only(entry({ raisedAtMs: 3, told: { webhook: raised } }))).to.deep.include({
      state: 'raised',
      told: ['webhook'],
    });
    expect(only(entry({ raisedAtMs: 3 }))).to.deep.include({ told: [] });
    expect(only(entry({ raisedAtMs: 3, goneAtMs: 4, told: { webhook: raised } }))).to.include({ state: 'ending' });
    const over = { raisedAtMs: 3, goneAtMs: 4, clearedAtMs: 5 };
    expect(only(entry({ ...over, told: { webhook: raised } }))).to.deep.include({ state: 'cleared', told: [] });
    const cleared = { webhook: { state: 'cleared', atMs: 6, times: 1 } } as const;
    expect(only(entry({ ...over, told: cleared }))).to.deep.include({ told: ['webhook'], clearedAtMs: 5 });
  });

  it('has alarms that nobody follows yet, each once, in the order of their times', () => {
    const alarms = [sampleAlarm('b', { sinceMs: 9 }), sampleAlarm('c', { sinceMs: 0 }), sampleAlarm('a')];
    const { alerts } = alertsStanding(book(entry({ raisedAtMs: 3 })), alarms, []);
    expect(alerts.map(({ about, state }) => `${about} ${state}`)).to.deep.equal(['c waiting', 'a raised', 'b waiting']);
  });

  it('has every target, and how it goes with those that took nothing', () => {
    const notice = { target: 'webhook', notices: [] };
    const failed = { kind: 'failed', reason: 'alert_late', text: 'slow' } as const;
    const ill = withDelivery(EMPTY_BOOK, notice, failed, 1_000);
    expect(alertsStanding(ill, [], [...TARGETS, { name: 'nats', where: 'n' }]).targets).to.deep.equal([
      { ...TARGETS[0], failures: 1, nextAtMs: 11_000, reason: 'alert_late', text: 'slow' },
      { name: 'nats', where: 'n', failures: 0, nextAtMs: 0, reason: '', text: '' },
    ]);
  });

  it('has the last twenty deliveries, the newest first, taken in part ones with what was refused', () => {
    let known: AlertBook = EMPTY_BOOK;
    for (let at = 0; at < 30; at += 1)
      known = withDelivery(known, { target: 'webhook', notices: [] }, { kind: 'taken', text: `try ${String(at)}` }, at);
    known = withDelivery(
      known,
      { target: 'email', notices: [] },
      { kind: 'failed', reason: 'alert_late', text: 'slow' },
      30,
    );
    const { deliveries } = alertsStanding(known, [], []);
    expect(deliveries).to.have.lengthOf(20);
    expect(deliveries[0]).to.deep.equal({ target: 'email', atMs: 30, alerts: 0, reason: 'alert_late', text: 'slow' });
    expect(deliveries[1]).to.deep.include({ reason: '', text: 'try 29' });
    expect(deliveries.at(-1)).to.include({ text: 'try 11' });
  });
});

describe('the rules of alerts', () => {
  it('have reasons that are known, each once', () => {
    const reasons = ALERT_RULES.map(({ reason }) => reason);
    expect(new Set(reasons).size).to.equal(reasons.length);
    for (const reason of reasons) expect(REASONS).to.have.property(reason);
  });
});
