import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { ApplyChange, PlanMinersResponseSchema } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { HostUsage, InstanceUsage } from '../../../../../common/model/host.js';
import { hostView as viewOfHost } from '../../../../../common/wire/client.js';
import type { HostView } from '../../../../../common/wire/client.js';
import { eventLine } from '../../../../../coordinator/cli/views/events.js';
import { hostView, hostsView } from '../../../../../coordinator/cli/views/hosts.js';
import { instanceView, instancesView, progressText } from '../../../../../coordinator/cli/views/instances.js';
import { differenceView, hasChanges, planView } from '../../../../../coordinator/cli/views/plan.js';
import { topHostsView, topInstancesView } from '../../../../../coordinator/cli/views/usage.js';
import { factsOf, rowsOf, sampleInstanceView } from '../../../../support/cli-views.js';
import { sampleHost } from '../../../../support/fleet-samples.js';

const GIB = 2 ** 30;
const viewing = { nowMs: 10_000, wide: false };
const standing = {
  allocated: { cpuMillis: 7600, memoryBytes: 8 * GIB, diskBytes: 0, gpus: 0 },
  instances: 4,
  lastSeenMs: 9000,
  revision: 1,
  usage: undefined,
};
const host = (patch: Parameters<typeof sampleHost>[1] = {}): HostView =>
  viewOfHost(sampleHost('host-1', patch), standing);

describe('The table of instances', () => {
  it('tells where each is and why it is in its state', () => {
    const pending = sampleInstanceView({
      hostId: undefined,
      hostName: '',
      state: 'pending',
      reason: 'insufficient_cpu',
    });
    expect(rowsOf(instancesView([pending], viewing))[0]).to.deep.equal({
      ID: 'alpha-1',
      HOST: '-',
      STATE: 'pending',
      HEALTH: '-',
      RESTARTS: '0',
      AGE: '9s',
      REASON: 'insufficient_cpu',
    });
  });

  it('shows ports and the time since the last start when it may be wide', () => {
    const ports = [{ name: 'web', containerPort: 80, hostPort: 20_001 }];
    const [row] = rowsOf(instancesView([sampleInstanceView({ ports })], { ...viewing, wide: true }));
    expect(row).to.include({ PORTS: 'web 20001->80', UP: '9s' });
  });
});

describe('One instance in full', () => {
  it('shows how far its image is, and its exit code only when there was one', () => {
    const progress = { activity: 'pull', doneBytes: 2 ** 20, totalBytes: 2 ** 21, text: 'layer' } as const;
    const facts = factsOf(instanceView({ instance: sampleInstanceView(), progress, usage: undefined }));
    expect(facts).to.include({ 'exit code': '-', progress: progressText(progress) });
    expect(facts['progress']).to.contain('1 MiB of 2 MiB');
  });
});

describe('The table of hosts', () => {
  it('tells what is allocated of what there is', () => {
    expect(rowsOf(hostsView([host()], viewing))[0]).to.deep.include({
      STATE: 'ready',
      INSTANCES: '4',
      CPU: '7.6/8 (95%)',
      MEMORY: '8 GiB/16 GiB (50%)',
      SEEN: '1s',
    });
  });

  it('puts drained and cordoned into the state', () => {
    expect(rowsOf(hostsView([host({ cordoned: true })], viewing))[0]?.['STATE']).to.equal('ready,cordoned');
    expect(rowsOf(hostsView([host({ cordoned: true, draining: true })], viewing))[0]?.['STATE']).to.equal(
      'ready,draining',
    );
  });

  it('warns of a runtime that does not isolate', () => {
    expect(factsOf(hostView(host({ runtime: 'process' }), viewing))['runtime']).to.match(/^process \(/);
  });
});

describe('What top shows', () => {
  const usage = (cpuMillis: number): HostUsage => ({
    atMs: 9000,
    cpuMillis,
    memoryBytes: GIB,
    diskBytes: GIB,
    load1: 0.5,
    networkRxBytes: 0,
    networkTxBytes: 0,
  });

  it('begins with the busiest host and ends with those that told nothing', () => {
    const named = (name: string): HostView => ({ ...host(), name });
    const view = topHostsView(
      [
        { host: named('silent'), usage: undefined },
        { host: named('idle'), usage: usage(0) },
        { host: named('busy'), usage: usage(4000) },
      ],
      viewing,
    );
    expect(rowsOf(view).map(({ HOST, CPU }) => [HOST, CPU])).to.deep.equal([
      ['busy', '4/8 (50%)'],
      ['idle', '0/8 (0%)'],
      ['silent', '-'],
    ]);
  });

  it('begins with the busiest instance', () => {
    const of = (
      instanceId: string,
      cpuMillis: number,
    ): { instanceId: string; hostId: string; usage: InstanceUsage } => ({
      instanceId,
      hostId: 'host-1',
      usage: {
        serial: 1,
        cpuMillis,
        memoryBytes: GIB,
        pids: 3,
        cpuNanos: 0,
        throttledNanos: 0,
        ioReadBytes: 0,
        ioWriteBytes: 0,
        networkRxBytes: 0,
        networkTxBytes: 0,
        oomKills: 0,
      },
    });
    const rows = rowsOf(topInstancesView([of('a-1', 10), of('b-2', 1500)], viewing));
    expect(rows.map(({ INSTANCE, CPU }) => [INSTANCE, CPU])).to.deep.equal([
      ['b-2', '1.5'],
      ['a-1', '10m'],
    ]);
  });
});

describe('A plan', () => {
  const response = create(PlanMinersResponseSchema, {
    revision: 9n,
    plans: [
      {
        name: 'web',
        change: ApplyChange.CREATED,
        placements: [
          { hostId: 'h1', hostName: 'one', count: 2 },
          { hostId: 'h2', hostName: 'two', count: 1 },
        ],
        unplaced: 4,
        stopping: 0,
        why: { reason: 'insufficient_cpu', filters: [{ reason: 'insufficient_cpu', hosts: 2 }] },
      },
    ],
  });

  it('tells placements by host, what would wait, and the filters that are why', () => {
    const view = planView(response);
    expect(factsOf(view)).to.include({ 'would be placed': '3', 'would wait': '4', 'would stop': '0' });
    const tables = view.flatMap((block) => (block.kind === 'table' ? [block.table] : []));
    expect(tables[0]?.rows).to.deep.equal([
      ['one', 'h1', '2'],
      ['two', 'h2', '1'],
    ]);
    expect(tables[1]?.rows[0]?.slice(0, 2)).to.deep.equal(['insufficient_cpu', '2']);
  });

  it('names everybody who would have to make room', () => {
    const preempted = [{ instanceId: 'low-3', miner: 'low', priority: 100, hostId: 'h1', hostName: 'one' }];
    const view = planView(create(PlanMinersResponseSchema, { plans: [{ name: 'web', preempted }] }));
    expect(factsOf(view)).to.include({ 'would preempt': '1' });
    const tables = view.flatMap((block) => (block.kind === 'table' ? [block.table] : []));
    expect(tables[0]?.rows).to.deep.equal([['low-3', '100', 'one']]);
  });

  it('has changes unless every miner stays as it is', () => {
    expect(hasChanges(response.plans)).to.equal(true);
    expect(hasChanges([{ change: ApplyChange.UNCHANGED }])).to.equal(false);
  });
});

describe('A difference', () => {
  it('shows each field before and after', () => {
    const changes = [{ path: 'replicas', before: 1, after: undefined }];
    const view = differenceView([
      { name: 'web', isNew: false, changes },
      { name: 'new', isNew: true, changes: [] },
    ]);
    expect(view).to.deep.equal([{ kind: 'text', text: '~ web\n    replicas: 1 -> null\n+ new (new)' }]);
  });
});

describe('An event', () => {
  it('is one line, whatever its text holds', () => {
    const line = eventLine(
      {
        revision: 7,
        atMs: 0,
        subject: 'instance',
        id: 'web-1',
        reason: 'started',
        text: 'a\nb',
        severity: 'info',
        miner: 'web',
        hostId: 'h1',
        state: 'running',
      },
      { wide: true, colours: false },
    );
    expect(line).to.not.contain('\n');
    expect(
      line
        .trim()
        .split(/\s{2,}/)
        .slice(1),
    ).to.deep.equal(['7', 'info', 'instance/web-1', 'h1', 'started', 'a b']);
  });
});
