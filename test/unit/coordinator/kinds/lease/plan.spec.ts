import { expect } from 'chai';
import { usableMs } from '../../../../../common/model/lease-record.js';
import type { LeaseRecord } from '../../../../../common/model/lease-record.js';
import type { LeaseView } from '../../../../../coordinator/kinds/lease/lease-view.js';
import { planLease } from '../../../../../coordinator/kinds/lease/plan.js';
import { LEASE_TIMES, leaseInstance, leaseRecord, leaseView, readyLease } from '../../../../support/lease-scene.js';

const { now, minute, hour } = LEASE_TIMES;
const PASSED = { passed: true, reason: 'lease_ready', text: 'logged in' };
const FAILED = { passed: false, reason: 'ssh_refused', text: 'nobody answers' };

function outcome(patch: Partial<LeaseView>): [string, string, string] {
  const { lease, effect } = planLease(leaseView(patch));
  return [lease.state, lease.reason, effect];
}

const REQUESTED = { lease: leaseRecord() };
const ON_WAY: readonly [string, Partial<LeaseView>, [string, string, string]][] = [
  [
    'waits for a host',
    { ...REQUESTED, instance: leaseInstance({ state: 'pending', hostId: undefined }), host: undefined },
    ['requested', 'lease_requested', 'none'],
  ],
  ['has a host', { ...REQUESTED, instance: leaseInstance({ state: 'assigned' }) }, ['placed', 'lease_placed', 'none']],
  [
    'is made',
    { ...REQUESTED, instance: leaseInstance({ state: 'preparing' }) },
    ['provisioning', 'lease_provisioning', 'none'],
  ],
  ['runs, and is tried', REQUESTED, ['probing', 'lease_probing', 'none']],
  ['runs, and failed a try', { ...REQUESTED, verdict: FAILED }, ['probing', 'lease_probing', 'none']],
  ['passes', { ...REQUESTED, verdict: PASSED }, ['ready', 'lease_ready', 'none']],
  ['is ready', {}, ['ready', 'lease_ready', 'none']],
  ['fails one probe', { verdict: FAILED }, ['ready', 'lease_ready', 'none']],
  [
    'fails two probes in a row',
    { lease: readyLease({ probe: { ...FAILED, failures: 1, atMs: now } }), verdict: FAILED },
    ['suspect', 'lease_unreachable', 'none'],
  ],
  ['has a silent host', { host: { state: 'suspect', name: 'a' } }, ['suspect', 'lease_host_silent', 'none']],
  ['has a lost host', { host: { state: 'lost', name: 'a' } }, ['suspect', 'lease_host_silent', 'none']],
  [
    'starts its container again',
    { instance: leaseInstance({ state: 'starting', restarts: 1 }) },
    ['suspect', 'lease_container_down', 'none'],
  ],
  ['is at the end of its term', { nowMs: now + hour }, ['expiring', 'lease_ending', 'stop']],
  [
    'was ended by its host at the end of its term',
    { instance: leaseInstance({ state: 'stopped', reason: 'lease_term_over' }), isClosed: true },
    ['released', 'lease_term_over', 'free'],
  ],
  [
    'has a container that failed for good',
    { ...REQUESTED, instance: leaseInstance({ state: 'failed', reason: 'image_not_found' }), isClosed: true },
    ['released', 'lease_failed', 'free'],
  ],
  ['has a host that was removed', { host: undefined }, ['expiring', 'lease_host_removed', 'lose']],
];

describe('a lease that', () => {
  for (const [what, patch, expected] of ON_WAY)
    it(`${what} is ${expected.join(', ')}`, () => {
      expect(outcome(patch)).to.deep.equal(expected);
    });
});

describe('the plan of a lease', () => {
  it('has its term begin when it is ready first, and not again', () => {
    const { lease } = planLease(leaseView({ ...REQUESTED, verdict: PASSED }));
    expect(lease).to.include({ startsAtMs: now, endsAtMs: now + 2 * hour, hostId: 'host-1' });
    const suspect = { ...readyLease(), state: 'suspect', reason: 'lease_unreachable' } as const;
    expect(planLease(leaseView({ lease: suspect, verdict: PASSED })).lease).to.include({
      state: 'ready',
      startsAtMs: now - hour,
      endsAtMs: now + hour,
    });
  });

  it('does not end a lease for silence, however long, before its term is over', () => {
    const host = { state: 'lost', name: 'a' } as const;
    let lease: LeaseRecord = readyLease();
    for (const nowMs of [now, now + 10 * minute, now + hour - 1])
      ({ lease } = planLease(leaseView({ lease, host, nowMs })));
    expect(lease.state).to.equal('suspect');
    expect(usableMs(lease.ledger)).to.equal(hour - minute);
    const over = planLease(leaseView({ lease, host, nowMs: now + hour }));
    expect([over.lease.state, over.lease.reason, over.effect]).to.deep.equal(['expiring', 'lease_end_waits', 'stop']);
  });

  it('goes on with the same container when the host is back, and counts from the next probe on', () => {
    const suspect = planLease(leaseView({ host: { state: 'lost', name: 'a' } })).lease;
    const back = planLease(leaseView({ lease: suspect, nowMs: now + 10 * minute }));
    expect([back.lease.state, back.lease.serial, back.effect]).to.deep.equal(['suspect', 7, 'none']);
    const ready = planLease(leaseView({ lease: back.lease, nowMs: now + 11 * minute, verdict: PASSED })).lease;
    expect(ready.state).to.equal('ready');
    expect(usableMs(ready.ledger)).to.equal(hour - minute);
    const later = planLease(leaseView({ lease: ready, nowMs: now + 12 * minute, verdict: PASSED })).lease;
    expect(usableMs(later.ledger)).to.equal(hour);
  });

  it('gives a lease up after its grace alone, and never while many hosts are silent at once', () => {
    const lease = readyLease({ state: 'suspect', reason: 'lease_host_silent', atMs: now, graceMs: 10 * minute });
    const host = { state: 'lost', name: 'a' } as const;
    const at = (nowMs: number, braked = false) =>
      planLease(leaseView({ lease, host, nowMs, braked })).lease.end?.reason;
    expect(at(now + 10 * minute - 1)).to.equal(undefined);
    expect(at(now + 10 * minute, true)).to.equal(undefined);
    expect(at(now + 10 * minute)).to.equal('lease_given_up');
  });

  it('releases at the end of its wait limit what no host took, with what was asked for and why none did', () => {
    const text = '0 of 2 hosts fit: 2 lack memory (needs 8.0 GiB, most free 1.0 GiB on alpha)';
    const instance = leaseInstance({ state: 'pending', hostId: undefined, reason: 'insufficient_memory', text });
    const constraints = [{ attribute: 'host.labels.rack', operator: 'in', values: ['a', 'b'] }] as const;
    const resources = { cpuMillis: 2_500, memoryBytes: 8 * 2 ** 30, diskBytes: 5 * 2 ** 30, gpus: 1, pids: 128 };
    const waits = { lease: leaseRecord(), instance, host: undefined, asked: { resources, constraints } };
    const early = planLease(leaseView({ ...waits, nowMs: now + 10 * minute - 1 }));
    expect([early.lease.state, early.lease.text, early.effect]).to.deep.equal(['requested', text, 'none']);
    const late = planLease(leaseView({ ...waits, nowMs: now + 10 * minute }));
    expect([late.lease.state, late.lease.reason, late.effect]).to.deep.equal(['released', 'lease_no_host', 'free']);
    for (const part of ['10m', '2.5 CPU', '8 GiB memory', '1 GPU', 'host.labels.rack in a, b', text, instance.reason])
      expect(late.lease.text).to.include(part);
    // What has a host waits for none.
    const host = { state: 'ready', name: 'alpha' } as const;
    const placed = leaseInstance({ state: 'assigned' });
    const { lease } = planLease(leaseView({ ...waits, ...{ instance: placed, host }, nowMs: now + hour }));
    expect([lease.state, lease.end]).to.deep.equal(['placed', undefined]);
  });

  it('ends what does not become ready in time, with what its last probe found', () => {
    const probe = { ...FAILED, failures: 9, atMs: now };
    const lease = leaseRecord({ state: 'probing', placedAtMs: now, hostId: 'host-1', probe });
    const late = planLease(leaseView({ lease, nowMs: now + 15 * minute })).lease;
    expect(late.end?.reason).to.equal('lease_not_ready');
    expect(late.end?.text).to.include('nobody answers');
  });

  it('counts no time beyond the end of the term, however late a probe comes', () => {
    const lease = readyLease({ endsAtMs: now - 30_000 });
    const ended = planLease(leaseView({ lease, verdict: PASSED })).lease;
    expect(usableMs(ended.ledger)).to.equal(hour - 30_000);
  });

  it('counts nothing between the last probe that passed and a failure', () => {
    const { lease } = planLease(leaseView({ verdict: FAILED }));
    expect(usableMs(lease.ledger)).to.equal(hour - minute);
    expect(lease.ledger.open).to.equal(undefined);
  });

  it('frees a lease once its instance has ended and its ports are closed, and keeps it with the reason until then', () => {
    const end = { reason: 'lease_released', text: 'Released by ada.', atMs: now };
    const lease = readyLease({ state: 'expiring', end });
    expect(outcome({ lease })).to.deep.equal(['expiring', 'lease_ending', 'stop']);
    expect(outcome({ lease, instance: leaseInstance({ state: 'stopping' }) })).to.deep.equal([
      ...['expiring', 'lease_ending', 'none'],
    ]);
    const instance = leaseInstance({ state: 'stopped' });
    expect(outcome({ lease, instance })).to.deep.equal(['expiring', 'lease_ending', 'look']);
    expect(outcome({ lease, instance, isClosed: false })).to.deep.equal(['expiring', 'lease_port_open', 'look']);
    expect(outcome({ lease, instance, isClosed: true })).to.deep.equal(['released', 'lease_released', 'free']);
  });

  it('frees at once what never had a place', () => {
    const lease = leaseRecord({ state: 'expiring', end: { reason: 'lease_released', text: '', atMs: now } });
    const instance = leaseInstance({ state: 'pending', hostId: undefined });
    expect(outcome({ lease, instance, host: undefined })).to.deep.equal(['released', 'lease_released', 'free']);
  });

  it('changes nothing of a lease of which nothing has changed, and forgets it when it has been kept for long', () => {
    const view = leaseView();
    expect(planLease(view).lease).to.equal(view.lease);
    const lease = readyLease({
      state: 'released',
      releasedAtMs: now,
      end: { reason: 'lease_released', text: '', atMs: now },
    });
    expect(planLease(leaseView({ lease })).effect).to.equal('none');
    expect(planLease(leaseView({ lease, nowMs: now + 90 * 24 * hour })).effect).to.equal('forget');
  });
});
