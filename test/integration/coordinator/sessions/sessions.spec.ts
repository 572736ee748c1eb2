import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { sampleReport } from '../../../support/sample-report.js';
import { addMiner, assign } from '../../../support/fleet-fixture.js';
import { helloToWire } from '../../../../common/wire/agent.js';
import { sampleHello } from '../../../support/sample-hello.js';
import { openSessionsFixture } from '../../../support/sessions-fixture.js';
import type { SessionsFixture } from '../../../support/sessions-fixture.js';
import type { FakeAgent } from '../../../support/fake-agent.js';
import { waitFor } from '../../../support/wait-for.js';

describe('Sessions', () => {
  let at: SessionsFixture;
  beforeEach(async () => {
    at = await openSessionsFixture();
  });
  afterEach(() => at.close());

  const state = (serial: number): string | undefined => at.fleet.instance(serial)?.state;
  const reasonOf = (agent: FakeAgent): Promise<string> =>
    waitFor('the end of a session', () => (agent.ended instanceof HeadframeError ? agent.ended.reason : undefined));

  it('takes a new host in and tells it the terms', async () => {
    const agent = await at.connect('host-1');
    expect(at.fleet.host('host-1')).to.include({ state: 'ready', reason: 'host_joined', name: 'host-1' });
    expect(agent.received.slice(0, 2)).to.deep.equal(['accepted', 'snapshot']);
    expect(agent.accepted).to.include({ heartbeatPeriodMs: 100, leaseMs: 1000, epoch: BigInt(at.fleet.epoch) });
    await waitFor('answered heartbeats', () => agent.answeredHeartbeats > 2);
  });

  it('sends what is assigned as a snapshot and then changes, which fit each other', async () => {
    const first = addMiner(at.fleet, {}, 3);
    assign(at.fleet, first);
    const agent = await at.connect('host-1');
    expect([...agent.held.keys()]).to.deep.equal([first]);
    assign(at.fleet, first + 1);
    assign(at.fleet, first + 2, 'host-2');
    await waitFor('both run', () => state(first) === 'running' && state(first + 1) === 'running');
    at.fleet.transact((tx) => tx.updateInstance(first, { state: 'stopping', reason: 'scaled_down' }));
    await waitFor('the first is forgotten', () => state(first) === 'stopped' && !agent.held.has(first));
    expect(agent.gaps).to.equal(0);
    expect([...agent.held.keys()]).to.deep.equal([first + 1]);
  });

  it('sends a new snapshot to an agent that lost track, and goes on from there', async () => {
    const first = addMiner(at.fleet, {}, 2);
    const agent = await at.connect('host-1');
    agent.loseTrack();
    assign(at.fleet, first);
    await waitFor('the instance runs', () => state(first) === 'running');
    expect(agent.gaps).to.equal(1);
    assign(at.fleet, first + 1);
    await waitFor('the next runs', () => state(first + 1) === 'running');
    expect(agent.gaps).to.equal(1);
  });

  it('tells agents nothing before it is durable, nor that their reports are taken', async () => {
    const first = addMiner(at.fleet, {}, 1);
    const agent = await at.connect('host-1', { obedient: false });
    at.store.hold();
    assign(at.fleet, first);
    await waitFor('a few heartbeats', () => agent.answeredHeartbeats > 3);
    expect(agent.held.size).to.equal(0);
    at.store.release();
    await waitFor('the assignment', () => agent.held.has(first));
    at.store.hold();
    const sequence = await agent.report(sampleReport(first));
    await waitFor('the report in memory', () => state(first) === 'running');
    const answered = agent.answeredHeartbeats;
    await waitFor('more heartbeats', () => agent.answeredHeartbeats > answered + 2);
    expect(agent.acknowledged).to.equal(0);
    at.store.release();
    await waitFor('the acknowledgement', () => agent.acknowledged === sequence);
  });

  it('acknowledges reports that change nothing, so that they are not sent for ever', async () => {
    const agent = await at.connect('host-1');
    const sequence = await agent.report(sampleReport(4711));
    await waitFor('the acknowledgement', () => agent.acknowledged === sequence);
    expect(at.sessions.reportCounts.get('unknown')).to.equal(1);
  });

  it('ignores reports of instances of another host', async () => {
    const first = addMiner(at.fleet, {}, 1);
    assign(at.fleet, first, 'host-2');
    const agent = await at.connect('host-1');
    const sequence = await agent.report(
      sampleReport(first, { progress: { activity: 'pull', doneBytes: 1, totalBytes: 2, text: '' } }),
    );
    await waitFor('the acknowledgement', () => agent.acknowledged === sequence);
    expect(state(first)).to.equal('assigned');
    expect(at.board.progressOf(first)).to.equal(undefined);
  });

  it('gives up a host that falls silent and takes it back by a new hello', async () => {
    const silent = await at.connect('host-1', { heartbeats: false });
    await waitFor('suspicion', () => at.fleet.host('host-1')?.state === 'suspect');
    await waitFor('loss', () => at.fleet.host('host-1')?.state === 'lost');
    expect(await reasonOf(silent)).to.equal('lease_expired');
    await at.connect('host-1');
    expect(at.fleet.host('host-1')).to.include({ state: 'ready', reason: 'host_rejoined' });
  });

  it('does not renew the lease of a host that it has given up but not yet told', async () => {
    const agent = await at.connect('host-1', { heartbeats: false });
    at.store.hold();
    at.fleet.transact((tx) => {
      const host = tx.host('host-1');
      if (host !== undefined) tx.putHost({ ...host, state: 'lost' });
    });
    await agent.send({ case: 'heartbeat', value: { $typeName: 'headframe.v1.Heartbeat', sequence: 1n } });
    expect(await reasonOf(agent)).to.equal('lease_expired');
    expect(agent.answeredHeartbeats).to.equal(0);
    at.store.release();
  });

  it('lets a reconnecting agent replace its own older session', async () => {
    const older = await at.connect('host-1');
    const newer = await at.connect('host-1');
    expect(await reasonOf(older)).to.equal('session_replaced');
    await waitFor('heartbeats go on', () => newer.answeredHeartbeats > 2);
    expect(at.fleet.host('host-1')?.state).to.equal('ready');
    expect(at.sessions.size).to.equal(1);
  });

  it('refuses a second agent with the host id of a live one, and leaves the first alone', async () => {
    const first = await at.connect('host-1');
    const second = at.dial('host-1', { hello: { agentRunId: 'another' } });
    expect(await reasonOf(second)).to.equal('host_id_in_use');
    const answered = first.answeredHeartbeats;
    await waitFor('heartbeats go on', () => first.answeredHeartbeats > answered + 1);
  });

  it('reads no more from an agent while what it said is not taken in', async () => {
    const agent = await at.connect('host-1');
    const reports = Array.from({ length: 500 }, (_, index) => sampleReport(index + 1));
    const goOn = at.holdTurns();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200; sent += 1) await agent.report(...reports);
    })();
    const stalledAt = await waitFor('it to be kept from sending', async () => {
      const before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return before > 0 && sent === before && sent;
    });
    // What fits between the two programs.
    expect(stalledAt).to.be.lessThan(100);
    goOn();
    await sending;
    await waitFor('all to be taken in', () => agent.acknowledged === 200);
  });

  it('suspects a host at once when its session breaks', async () => {
    const agent = await at.connect('host-1');
    await agent.close();
    await waitFor('suspicion', () => at.fleet.host('host-1')?.reason === 'session_ended');
  });

  it('ends the session of a host that is removed, which then joins anew', async () => {
    const agent = await at.connect('host-1');
    at.fleet.transact((tx) => {
      tx.removeHost('host-1');
    });
    expect(await reasonOf(agent)).to.equal('host_removed');
    await at.connect('host-1');
    expect(at.fleet.host('host-1')).to.include({ state: 'ready', reason: 'host_joined' });
  });

  it('refuses an agent that has seen a later epoch, and one that says hello twice; overlooks what it does not know', async () => {
    const ahead = at.dial('host-1', { hello: { epoch: at.fleet.epoch + 1 } });
    expect(await reasonOf(ahead)).to.equal('epoch_behind');
    expect(at.fleet.host('host-1')).to.equal(undefined);
    const agent = await at.connect('host-2');
    await agent.send({ case: undefined });
    await agent.send({ case: 'hello', value: helloToWire(agent.hello) });
    expect(await reasonOf(agent)).to.equal('unexpected_message');
  });

  it('writes nothing when a known host says what is known', async () => {
    await at.connect('host-1');
    const { revision } = at.fleet;
    await at.connect('host-1');
    expect(at.fleet.revision).to.equal(revision);
    const { description } = sampleHello('host-1');
    await at.connect('host-1', { hello: { description: { ...description, engineVersion: '28' } } });
    expect(at.fleet.host('host-1')?.reason).to.equal('host_changed');
  });
});
