import { expect } from 'chai';
import type { HostRecord, HostUpkeep } from '../../../../common/model/host.js';
import { planUpkeep } from '../../../../coordinator/upkeep/plan.js';
import type { UpkeepChange, UpkeepView } from '../../../../coordinator/upkeep/plan.js';
import { calledOff, keptAfterwards, withReboot } from '../../../../coordinator/upkeep/steer.js';
import { expectReason } from '../../../support/expect-reason.js';
import { sampleHost } from '../../../support/fleet-samples.js';

const NOW = 1_000_000;
const OPTIONS = { rebootShare: 0.5, rebootDeadlineMs: 60_000 };

function host(id: string, parts: Partial<HostRecord> = {}): HostRecord {
  const base = sampleHost(id);
  return { ...base, state: 'ready', description: { ...base.description, bootId: 'boot-1' }, ...parts };
}

function upkeep(parts: Partial<HostUpkeep>): HostUpkeep {
  const before = { cordoned: false, draining: false };
  const times = { sinceMs: NOW - 10, untilMs: 0 };
  return { activity: 'reboot', step: 'queued', text: '', bootId: 'boot-1', before, ...times, ...parts };
}

interface World extends Partial<UpkeepView> {
  readonly live?: Readonly<Record<string, number>>;
}

function plan(hosts: readonly HostRecord[], { live = {}, ...view }: World = {}): readonly UpkeepChange[] {
  const none = { openForMs: () => undefined, nowMs: NOW, options: OPTIONS };
  return planUpkeep({ hosts, liveOn: (id) => live[id] ?? 0, ...none, ...view });
}

/** The only change that is planned. */
function only(hosts: readonly HostRecord[], world: World = {}): UpkeepChange {
  const changes = plan(hosts, world);
  expect(changes).to.have.length(1);
  return changes[0] ?? expect.fail('nothing is planned');
}

const open = (): number => 5_000;
const drained = { cordoned: true, draining: true };

describe('planUpkeep', () => {
  it('leaves hosts alone that have no window and no reboot', () => {
    expect(plan([host('a'), host('b', drained)])).to.deep.equal([]);
  });

  it('drains a host when its window begins, says when it is empty, and has it return at the end', () => {
    const begun = only([host('a')], { openForMs: open });
    expect(begun.patch).to.deep.include(drained);
    expect(begun.patch.upkeep).to.include({ step: 'draining', untilMs: NOW + 5_000 });
    const draining = host('a', begun.patch);
    expect(plan([draining], { openForMs: open, live: { a: 1 } })).to.deep.equal([]);
    const empty = only([draining], { openForMs: open });
    expect(empty.patch.upkeep?.step).to.equal('open');
    expect(plan([host('a', { ...draining, ...empty.patch })], { openForMs: open })).to.deep.equal([]);
    const over = only([draining]);
    expect(over.patch).to.deep.include({ cordoned: false, draining: false, upkeep: undefined });
    expect(over.event?.reason).to.equal('maintenance_ended');
  });

  it('leaves a host as its operator had it before, or wanted it meanwhile', () => {
    const cordoned = host('a', { cordoned: true });
    const begun = host('a', { ...cordoned, ...only([cordoned], { openForMs: open }).patch });
    expect(only([begun]).patch).to.include({ cordoned: true, draining: false });
    const drainedMeanwhile = host('a', { ...begun, ...keptAfterwards(begun, drained) });
    expect(only([drainedMeanwhile]).patch).to.include(drained);
  });

  it('does not begin a window again that was called off, but the next one', () => {
    const begun = host('a', only([host('a')], { openForMs: open }).patch);
    const off = host('a', { ...begun, ...calledOff(begun), cordoned: false, draining: false });
    expect(plan([off], { openForMs: open })).to.deep.equal([]);
    const closed = only([off]);
    expect(closed).to.deep.include({ patch: { upkeep: undefined }, event: undefined });
    expect(only([host('a')], { openForMs: open }).event?.reason).to.equal('maintenance_begun');
  });

  it('reboots as many hosts at once as the share allows, the longest waiting first, and one at least', () => {
    const queued = (id: string, sinceMs: number): HostRecord => host(id, { upkeep: upkeep({ sinceMs }) });
    const hosts = [queued('late', 3), queued('early', 1), queued('middle', 2), host('other')];
    const ids = (options: UpkeepView['options']): string[] => plan(hosts, { options }).map(({ hostId }) => hostId);
    expect(ids(OPTIONS)).to.deep.equal(['early', 'middle']);
    expect(ids({ ...OPTIONS, rebootShare: 0 })).to.deep.equal(['early']);
    const busy = [...hosts, host('busy', { upkeep: upkeep({ step: 'rebooting', untilMs: NOW + 1 }) })];
    expect(plan(busy, { options: { ...OPTIONS, rebootShare: 0.2 } })).to.deep.equal([]);
  });

  it('lets no further host go down while one stays down that was rebooted', () => {
    const failed = host('failed', { upkeep: upkeep({ step: 'failed' }) });
    const waiting = host('waiting', { upkeep: upkeep({}) });
    expect(plan([failed, waiting], { options: { ...OPTIONS, rebootShare: 0 } })).to.deep.equal([]);
  });

  it('orders the reboot once the host is empty, and not before', () => {
    const draining = host('a', { ...drained, upkeep: upkeep({ step: 'draining' }) });
    expect(plan([draining], { live: { a: 1 } })).to.deep.equal([]);
    const ordered = only([draining]);
    expect(ordered.patch.upkeep).to.include({ step: 'rebooting', untilMs: NOW + 60_000 });
  });

  it('takes a host back only with a new boot, and only when it is ready', () => {
    const rebooting = upkeep({ step: 'rebooting', untilMs: NOW + 1 });
    const same = host('a', { ...drained, upkeep: rebooting });
    expect(plan([same])).to.deep.equal([]);
    const { description } = same;
    const booted = { ...same, description: { ...description, bootId: 'boot-2' } };
    expect(plan([{ ...booted, state: 'suspect' }])).to.deep.equal([]);
    expect(only([booted]).patch).to.deep.include({ cordoned: false, draining: false, upkeep: undefined });
  });

  it('keeps a host drained that is not back in time, or whose agent could not reboot it', () => {
    const overdue = host('a', { ...drained, upkeep: upkeep({ step: 'rebooting', untilMs: NOW }) });
    const late = only([overdue]);
    expect(late.event?.reason).to.equal('reboot_overdue');
    expect(late.patch).to.not.have.any.keys('cordoned', 'draining');
    const conditions = [{ reason: 'reboot_failed', text: 'no such command', sinceMs: 1 }];
    const broken = host('a', { ...drained, conditions, upkeep: upkeep({ step: 'rebooting', untilMs: NOW + 9 }) });
    expect(only([broken]).event).to.deep.equal({ reason: 'reboot_failed', text: 'no such command' });
    expect(plan([host('a', { ...drained, upkeep: upkeep({ step: 'failed' }) })])).to.deep.equal([]);
  });
});

describe('withReboot', () => {
  it('is refused where the agent may not, or is not there', async () => {
    const able = { capabilities: ['reboot'] };
    const asked = async (of: HostRecord): Promise<unknown> => await Promise.resolve().then(() => withReboot(of, NOW));
    await expectReason(asked(host('a', { capabilities: [] })), 'reboot_not_allowed');
    await expectReason(asked(host('a', { ...able, state: 'lost' })), 'host_not_connected');
    expect(withReboot(host('a', able), NOW).upkeep).to.include({ step: 'queued', bootId: 'boot-1', sinceMs: NOW });
  });

  it('changes nothing of one that is under way, and tries one again that failed', () => {
    const able = { capabilities: ['reboot'] };
    expect(withReboot(host('a', { ...able, upkeep: upkeep({ step: 'draining' }) }), NOW)).to.deep.equal({});
    const before = { cordoned: true, draining: false };
    const failed = host('a', { ...able, ...drained, upkeep: upkeep({ step: 'failed', before }) });
    expect(withReboot(failed, NOW).upkeep).to.deep.include({ step: 'queued', before });
  });
});
