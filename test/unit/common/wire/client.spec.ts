import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import fc from 'fast-check';
import { EventSchema } from '../../../../common/gen/headframe/v1/event_pb.js';
import { HostSchema } from '../../../../common/gen/headframe/v1/host_pb.js';
import { InstanceSchema } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSchema, MinerSpecSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import type { MinerSpec as WireMinerSpec, PullPolicy } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { FleetEvent } from '../../../../common/model/event.js';
import type { HostRecord } from '../../../../common/model/host.js';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import { parseManifest } from '../../../../common/model/manifest/index.js';
import {
  eventFromWire,
  eventToWire,
  hostFromWire,
  hostToWire,
  hostView,
  instanceFromWire,
  instanceToWire,
  instanceView,
  minerFromWire,
  minerSpecFromWire,
  minerSpecToWire,
  minerSpecsFromWire,
  minerToWire,
} from '../../../../common/wire/client.js';
import type { AutoscaleView, MinerView, RolloutView } from '../../../../common/wire/client.js';
import { anyWorkload } from '../../../support/arbitraries/assignment.js';
import { anyMinerSpec } from '../../../support/arbitraries/miner-spec.js';

function violationsOf(messages: WireMinerSpec[]): { document: string | undefined; path: string }[] {
  try {
    minerSpecsFromWire(messages);
  } catch (error) {
    if (!(error instanceof HeadframeError) || error.reason !== 'manifest_invalid') throw error;
    return error.violations.map(({ document, path }) => ({ document, path }));
  }
  return [];
}

const container = { case: 'container' as const, value: { image: 'xmr:1' } };

describe('a spec on the wire', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyMinerSpec, (spec) => {
        const bytes = toBinary(MinerSpecSchema, minerSpecToWire(spec));
        expect(minerSpecFromWire(fromBinary(MinerSpecSchema, bytes))).to.deep.equal(spec);
      }),
    );
  });

  it('with unset fields takes the defaults of the manifest', () => {
    const read = minerSpecFromWire(create(MinerSpecSchema, { kind: 'container', name: 'xmr', section: container }));
    expect({ value: read }).to.deep.equal(
      parseManifest({ kind: 'container', name: 'xmr', container: { image: 'xmr:1' } }),
    );
  });

  it('keeps a zero that is set', () => {
    const message = create(MinerSpecSchema, {
      kind: 'container',
      name: 'xmr',
      section: container,
      replicas: 0,
      priority: 0,
    });
    expect(minerSpecFromWire(message)).to.include({ replicas: 0, priority: 0 });
  });

  it('is refused with every violation of all specs, by the paths of the manifest', () => {
    const messages = [
      create(MinerSpecSchema, {
        kind: 'container',
        name: 'Bad',
        section: {
          case: 'container',
          value: { image: 'xmr:1', ports: [{ containerPort: 0 }], mounts: [{ target: '/a' }] },
        },
        resources: { memoryBytes: 2n ** 60n },
        constraints: [{ attribute: 'host.os', values: ['linux'] }],
      }),
      create(MinerSpecSchema, { kind: 'container', name: 'twice', section: container }),
      create(MinerSpecSchema, { kind: 'container', name: 'twice', section: container, health: {} }),
      create(MinerSpecSchema),
    ];
    expect(violationsOf(messages)).to.have.deep.members([
      { document: 'miners[0]', path: 'name' },
      { document: 'miners[0]', path: 'container.ports[0].container' },
      { document: 'miners[0]', path: 'container.mounts[0]' },
      { document: 'miners[0]', path: 'resources.memory' },
      { document: 'miners[0]', path: 'constraints[0].operator' },
      { document: 'miners[2]', path: 'health' },
      { document: 'miners[2]', path: 'name' },
      { document: 'miners[3]', path: 'kind' },
      { document: 'miners[3]', path: 'name' },
      { document: 'miners[3]', path: 'container' },
    ]);
  });

  it("is refused with a newer client's value", () => {
    const message = create(MinerSpecSchema, { kind: 'container', name: 'xmr', section: container });
    message.pullPolicy = 99 as PullPolicy; // what a newer client could send
    expect(violationsOf([message])).to.deep.equal([{ document: 'miners[0]', path: 'pullPolicy' }]);
  });
});

describe('views of the fleet on the wire', () => {
  it('bring a miner back as it was', () => {
    const why = { reason: 'no_host_fits', text: 't', atMs: 5, filters: [{ reason: 'insufficient_cpu', hosts: 2 }] };
    const rollout: RolloutView = {
      state: 'paused',
      cause: 'autoRollback',
      fromRevision: 8,
      toRevision: 7,
      wanted: 6,
      updated: 5,
      available: 4,
      startedAtMs: 3,
      deadlineAtMs: 2,
      endedAtMs: 1,
      why,
    };
    const quarantine = { reason: 'exited_error', text: 't', atMs: 5, failures: 3, instance: 'xmr-4' };
    const metric = { name: 'cpu', target: 50, value: 40, total: false, missing: 'm', known: 1, instances: 2 };
    const lastStep = { atMs: 1, from: 2, to: 3, text: 't' };
    const autoscale: AutoscaleView = {
      ...{ desired: 3, min: 1, max: 4, lastStep },
      metrics: [metric, { ...metric, value: undefined, total: true }],
      decided: { reason: 'autoscale_steady', text: 't', atMs: 6 },
    };
    fc.assert(
      fc.property(anyMinerSpec, fc.constantFrom(why, undefined), (spec, reason) => {
        const counts = { desired: 1, pending: 2, starting: 3, running: 4, healthy: 5, stopping: 6, completed: 7 };
        const stakePriority = { priority: 7, policy: 'p', text: 't', atMs: 8 };
        const flags = { stopped: true, deleting: false, why: reason, rollout, quarantine, autoscale, stakePriority };
        const view: MinerView = {
          spec,
          specRevision: 1,
          revision: 2,
          createdAtMs: 3,
          updatedAtMs: 4,
          counts,
          ...flags,
        };
        expect(minerFromWire(fromBinary(MinerSchema, toBinary(MinerSchema, minerToWire(view))))).to.deep.equal(view);
      }),
      { numRuns: 20 },
    );
  });

  it('bring an instance back, with its ports by name', () => {
    const [workload] = fc.sample(anyWorkload, { numRuns: 1, seed: 3 });
    if (workload === undefined) throw new Error('no sample');
    const port = { name: 'http', containerPort: 80, protocol: 'tcp' as const, hostPort: 0 };
    const record: InstanceRecord = {
      serial: 9,
      miner: 'xmr',
      workloadId: workload.id,
      hostId: undefined,
      state: 'failed',
      health: 'none',
      reason: 'exited_error',
      text: 't',
      restarts: 2,
      exitCode: 0,
      hostPorts: [20_001],
      gpuIds: ['g'],
      containerId: 'c',
      createdAtMs: 1,
      changedAtMs: 2,
      startedAtMs: 3,
    };
    const published = { ...workload, container: { ...workload.container, ports: [port] } };
    const view = instanceView(record, { workload: published, host: { name: 'rig' }, revision: 7 });
    expect(view).to.deep.include({
      id: 'xmr-9',
      hostName: 'rig',
      ports: [{ name: 'http', containerPort: 80, hostPort: 20_001 }],
    });
    expect(instanceFromWire(fromBinary(InstanceSchema, toBinary(InstanceSchema, instanceToWire(view))))).to.deep.equal(
      view,
    );
    const bare = instanceView(record, { workload: undefined, host: undefined, revision: 7 });
    expect(bare).to.deep.include({ ports: [], specRevision: 0, hostName: '' });
  });

  it('bring a host back, with the labels that count and what may be allocated', () => {
    const record: HostRecord = {
      id: 'h-1',
      name: 'rig',
      state: 'suspect',
      cordoned: true,
      draining: false,
      reason: 'heartbeat_missed',
      text: 't',
      agentLabels: { rack: 'a', zone: 'x' },
      operatorLabels: { rack: 'b' },
      description: {
        hostname: 'rig',
        os: 'Debian',
        kernel: '6',
        arch: 'x64',
        cpuModel: 'm',
        cpuCount: 2,
        addresses: [],
        gpus: [],
        bootId: 'b',
        engineVersion: '27',
        cgroupVersion: 'v2',
        fingerprint: [{ kind: 'disk' as const, hash: '0123456789abcdef'.repeat(2) }],
      },
      claimed: { cpuMillis: 2000, memoryBytes: 100, diskBytes: 100, gpus: 0 },
      reserved: { cpuMillis: 200, memoryBytes: 200, diskBytes: 1, gpus: 0 },
      portRange: { start: 1, end: 2 },
      agentVersion: '0.1.0',
      runtime: 'docker',
      capabilities: ['guard'],
      verification: {
        verified: { disk: { amount: 7, units: 7.5, atMs: 8, untilMs: 9 } },
        clearedAtMs: 0,
      },
      windows: ['Sat 02:00-04:00 UTC'],
      upkeep: undefined,
      conditions: [],
      joinedAtMs: 1,
      changedAtMs: 2,
    };
    const allocated = { cpuMillis: 1, memoryBytes: 2, diskBytes: 3, gpus: 0 };
    const view = hostView(record, { allocated, instances: 4, lastSeenMs: 5, revision: 6, usage: undefined });
    expect(view).to.deep.include({
      labels: { rack: 'b', zone: 'x' },
      allocatable: { cpuMillis: 1800, memoryBytes: 0, diskBytes: 99, gpus: 0 },
    });
    expect(hostFromWire(fromBinary(HostSchema, toBinary(HostSchema, hostToWire(view))))).to.deep.equal(view);
  });

  it('bring an event back as it was', () => {
    const event: FleetEvent = {
      revision: 1,
      atMs: 2,
      subject: 'instance',
      id: 'xmr-1',
      reason: 'placed',
      text: 't',
      severity: 'warning',
      miner: 'xmr',
      hostId: 'h-1',
      state: 'assigned',
    };
    expect(eventFromWire(fromBinary(EventSchema, toBinary(EventSchema, eventToWire(event))))).to.deep.equal(event);
    expect(eventFromWire(create(EventSchema, { subject: 'comet' })).subject).to.equal('fleet');
  });
});
