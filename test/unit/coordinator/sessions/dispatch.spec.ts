import { expect } from 'chai';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { HostDispatch } from '../../../../coordinator/sessions/dispatch.js';
import type { InstancePatch } from '../../../../coordinator/fleet/port.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';

const ASSIGNED = { hostId: 'host-1', state: 'assigned' } as const;

describe('HostDispatch', () => {
  let fleet: Fleet;
  let dispatch: HostDispatch;

  beforeEach(async () => {
    ({ fleet } = await openFleetFixture());
    addMiner(fleet);
    dispatch = new HostDispatch('host-1', fleet);
  });

  const add = (patch: InstancePatch = ASSIGNED): number =>
    fleet.transact((tx) => {
      const serial = tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' });
      return tx.updateInstance(serial, patch);
    }).value.serial;
  const change = (serial: number, patch: InstancePatch) =>
    dispatch.delta([fleet.transact((tx) => tx.updateInstance(serial, patch)).value], []);

  const remove = (serial: number) => {
    const record = fleet.instance(serial);
    return dispatch.delta([], record === undefined ? [] : [record]);
  };

  it('tells in a snapshot what is assigned, what is to stop and whose logs are kept, each workload once', () => {
    const running = add({ ...ASSIGNED, state: 'running' });
    const assigned = add();
    const stopping = add({ ...ASSIGNED, state: 'stopping', reason: 'scaled_down' });
    const failed = add({ ...ASSIGNED, state: 'failed', reason: 'restart_limit' });
    add({ ...ASSIGNED, state: 'stopped', reason: 'scaled_down' });
    add({ hostId: 'host-2', state: 'assigned' });
    add({});
    const snapshot = dispatch.snapshot();
    expect(snapshot.workloads.map(({ id }) => id)).to.deep.equal([1]);
    expect(snapshot.runs.map(({ serial }) => serial)).to.deep.equal([running, assigned, stopping]);
    expect(snapshot.stops).to.deep.equal([{ serial: stopping, reason: 'scaled_down', text: '' }]);
    expect(snapshot.retained).to.deep.equal([failed]);
  });

  it('tells a new assignment once and says nothing of what the agent reported itself', () => {
    dispatch.snapshot();
    const serial = add();
    const record = fleet.instance(serial);
    const delta = dispatch.delta(record === undefined ? [] : [record], []);
    expect(delta?.runs.map((run) => run.serial)).to.deep.equal([serial]);
    expect(delta?.workloads.map(({ id }) => id)).to.deep.equal([1]);
    expect(change(serial, { state: 'running', reason: 'started' })).to.equal(undefined);
  });

  it('does not repeat a workload while an instance of it is held, and does once none is', () => {
    const first = add();
    dispatch.snapshot();
    const second = add();
    expect(change(second, { text: 'again' })?.workloads).to.deep.equal([]);
    change(first, { state: 'stopped', reason: 'scaled_down' });
    remove(second);
    const third = add();
    expect(change(third, { text: 'again' })?.workloads.map(({ id }) => id)).to.deep.equal([1]);
  });

  it('orders a stop once', () => {
    const serial = add();
    dispatch.snapshot();
    const delta = change(serial, { state: 'stopping', reason: 'miner_stop' });
    expect(delta?.stops.map((stop) => stop.serial)).to.deep.equal([serial]);
    expect(change(serial, { text: 'still stopping' })).to.equal(undefined);
  });

  it('forgets at once what ended because it was asked to', () => {
    const serial = add();
    dispatch.snapshot();
    expect(change(serial, { state: 'stopped', reason: 'scaled_down' })?.forget).to.deep.equal([serial]);
  });

  for (const ended of [
    { state: 'failed', reason: 'exited_error' },
    { state: 'stopped', reason: 'completed' },
  ] as const)
    it(`keeps what ended by itself (${ended.reason}) until its record goes`, () => {
      const serial = add();
      dispatch.snapshot();
      expect(change(serial, ended)).to.equal(undefined);
      expect(remove(serial)?.forget).to.deep.equal([serial]);
      expect(remove(serial)).to.equal(undefined);
    });

  it('says nothing of instances of other hosts or of none', () => {
    dispatch.snapshot();
    const serial = add({});
    expect(change(serial, { reason: 'no_host_fits' })).to.equal(undefined);
    expect(change(serial, { hostId: 'host-2', state: 'assigned' })).to.equal(undefined);
  });
});
