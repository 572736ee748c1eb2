import { expect } from 'chai';
import { Registry } from 'prom-client';
import { LiveBoard } from '../../../../coordinator/sessions/index.js';
import {
  collectFleetMetrics,
  collectFollowing,
  collectSessionMetrics,
  collectStore,
  countCalls,
} from '../../../../coordinator/telemetry/index.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { sampleUsage } from '../../../support/sample-usage.js';

/** The lines of a metric, without help and type. */
async function linesOf(registry: Registry, name: string): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)).sort();
}

describe('Prometheus metrics', () => {
  it('count hosts, instances, placements and commits', async () => {
    const { fleet, clock } = await openFleetFixture();
    const registry = new Registry();
    const why = { reason: 'insufficient_cpu', text: '', atMs: 0, filters: [] };
    const scheduler = { why: (name: string) => (name === 'beta' ? why : undefined) };
    collectFleetMetrics(registry, { fleet, scheduler, rollout: { whyOf: () => undefined } });
    const first = addMiner(fleet, {}, 3);
    addMiner(fleet, { name: 'beta' }, 2, 2);
    fleet.transact((tx) => {
      tx.putHost(sampleHost('host-1', { cordoned: true }));
      tx.putHost(sampleHost('host-2', { state: 'lost' }));
    });
    assign(fleet, first);
    clock.advance(1);
    fleet.transact((tx) => tx.updateInstance(first, { text: 'the same, in other words' }));
    await fleet.transact(() => undefined).durable;
    expect(await linesOf(registry, 'headframe_hosts')).to.include.members([
      'headframe_hosts{state="ready"} 1',
      'headframe_hosts{state="lost"} 1',
      'headframe_hosts{state="suspect"} 0',
    ]);
    expect(await linesOf(registry, 'headframe_hosts_cordoned')).to.deep.equal(['headframe_hosts_cordoned 1']);
    expect(await linesOf(registry, 'headframe_instances')).to.include.members([
      'headframe_instances{state="pending"} 4',
      'headframe_instances{state="assigned"} 1',
    ]);
    expect(await linesOf(registry, 'headframe_instances_pending')).to.deep.equal([
      'headframe_instances_pending{reason="insufficient_cpu"} 2',
      'headframe_instances_pending{reason="queued"} 2',
    ]);
    expect(await linesOf(registry, 'headframe_placements_total')).to.deep.equal(['headframe_placements_total 1']);
    expect(await linesOf(registry, 'headframe_preemptions_total')).to.deep.equal(['headframe_preemptions_total 0']);
    const preempted = { state: 'stopping', reason: 'preempted' } as const;
    await fleet.transact((tx) => tx.updateInstance(first, { ...preempted, text: '' })).durable;
    clock.advance(1);
    await fleet.transact((tx) => tx.updateInstance(first, { ...preempted, text: 'in other words' })).durable;
    expect(await linesOf(registry, 'headframe_preemptions_total')).to.deep.equal(['headframe_preemptions_total 1']);
    expect(await linesOf(registry, 'headframe_commits_total')).to.deep.equal([
      `headframe_commits_total ${fleet.revision}`,
    ]);
  });

  it('tell how far a follower is behind, how following fails, and what it hands on', async () => {
    const registry = new Registry();
    const follower = {
      ageMs: Infinity,
      known: { revision: 0, behind: 0 },
      failures: { away: 2, unreadable: 0, lost: 1 },
    };
    const handed = collectFollowing(registry, follower);
    const [age, of] = ['headframe_follower_age_seconds', 'headframe_follower_handed_on_total'];
    expect(await linesOf(registry, age)).to.deep.equal([`${age} +Inf`]);
    Object.assign(follower, { ageMs: 1_250, known: { revision: 40, behind: 3 } });
    for (const outcome of ['answered', 'answered', 'lost'] as const) handed.call(outcome);
    for (const isTaken of [true, false, true]) handed.connection(isTaken);
    for (const line of [
      `${age} 1.25`,
      'headframe_follower_revision 40',
      'headframe_follower_revisions_behind 3',
      'headframe_follower_failures_total{kind="away"} 2',
      'headframe_follower_failures_total{kind="lost"} 1',
      `${of}{outcome="answered"} 2`,
      `${of}{outcome="lost"} 1`,
      `${of}{outcome="full"} 0`,
      'headframe_follower_connections_total{outcome="taken"} 2',
      'headframe_follower_connections_total{outcome="refused"} 1',
    ])
      expect(await linesOf(registry, line.split(/[ {]/)[0] ?? '')).to.include(line);
    const none = new Registry();
    collectFollowing(none, undefined);
    expect(await linesOf(none, age)).to.deep.equal([]);
    expect(await linesOf(none, of)).to.have.length(5);
  });

  it('tell of sessions, reports, usage and the bus', async () => {
    const registry = new Registry();
    const board = new LiveBoard();
    board.setUsage(sampleUsage('host-1', [1, 2, 3]));
    const sessions = { size: 2, reportCounts: new Map([['taken', 5] as const]) };
    const bus = { connected: true, dropped: 7 };
    const alarms = () => ['mass_loss', 'deregistration_near', 'deregistration_near'].map((reason) => ({ reason }));
    collectSessionMetrics(registry, { sessions, board, alarms, bus, publisher: { skipped: 1 } });
    for (const [name, line] of [
      ['headframe_sessions', 'headframe_sessions 2'],
      ['headframe_alarms', 'headframe_alarms{reason="mass_loss"} 1'],
      ['headframe_alarms', 'headframe_alarms{reason="deregistration_near"} 2'],
      ['headframe_reports_total', 'headframe_reports_total{verdict="taken"} 5'],
      ['headframe_host_cpu_millis', 'headframe_host_cpu_millis{host="host-1"} 500'],
      ['headframe_bus_connected', 'headframe_bus_connected 1'],
      ['headframe_bus_dropped_total', 'headframe_bus_dropped_total 7'],
      ['headframe_bus_skips_total', 'headframe_bus_skips_total 1'],
    ] as const)
      expect(await linesOf(registry, name)).to.include(line);
    // A second scrape does not add to the first.
    expect(await linesOf(registry, 'headframe_bus_dropped_total')).to.deep.equal(['headframe_bus_dropped_total 7']);
  });

  it('tell of the servers that hold the store: every state, and the room of those that tell', async () => {
    const registry = new Registry();
    const states = new Map([
      ['n1', 'current'],
      ['n2', 'current'],
      ['n3', 'off'],
    ]);
    collectStore(registry, { states, rooms: new Map([['n1', 5e9]]) });
    expect(await linesOf(registry, 'headframe_store_servers')).to.have.members([
      'headframe_store_servers{state="current"} 2',
      ...['behind', 'away', 'unknown'].map((state) => `headframe_store_servers{state="${state}"} 0`),
      'headframe_store_servers{state="off"} 1',
    ]);
    expect(await linesOf(registry, 'headframe_store_room_bytes')).to.deep.equal([
      'headframe_store_room_bytes{server="n1"} 5000000000',
    ]);
  });

  it('count calls by method and code, and time those with an end', async () => {
    const registry = new Registry();
    const onEnded = countCalls(registry);
    const method = '/headframe.v1.FleetService/GetMiner';
    onEnded({ method, code: 'ok', durationMs: 3 });
    onEnded({ method, code: 'not_found', durationMs: 3 });
    onEnded({ method: '/headframe.v1.FleetService/WatchFleet', code: 'cancelled', durationMs: 3_600_000 });
    expect(await linesOf(registry, 'headframe_grpc_calls_total')).to.have.length(3);
    expect(await linesOf(registry, 'headframe_grpc_call_seconds_count')).to.deep.equal([
      `headframe_grpc_call_seconds_count{method="${method}"} 2`,
    ]);
  });
});
