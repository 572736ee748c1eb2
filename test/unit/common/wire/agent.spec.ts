import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { UnknownEnum } from '@bufbuild/protobuf';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  HelloSchema,
  InstanceReportsSchema,
  UsageReportSchema,
} from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { InstanceReport as InstanceReportMessage } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { HEALTH_STATES, INSTANCE_STATES } from '../../../../common/model/instance.js';
import {
  helloFromWire,
  helloToWire,
  instanceReportFromWire,
  instanceReportsToWire,
  usageFromWire,
  usageToWire,
} from '../../../../common/wire/agent.js';
import type { AgentHello, InstanceReport, UsageReport } from '../../../../common/wire/agent.js';

const hello: AgentHello = {
  hostId: 'h-1',
  hostName: 'rig-1',
  agentRunId: 'run-1',
  agentVersion: '0.1.0',
  runtime: 'docker',
  description: {
    hostname: 'rig-1.example',
    os: 'Debian 12',
    kernel: '6.1',
    arch: 'x64',
    cpuModel: 'EPYC',
    cpuCount: 2,
    addresses: ['10.0.0.1'],
    gpus: [{ id: 'g0', vendor: 'n', model: 'm', memoryBytes: 2 ** 34 }],
    bootId: 'boot',
    engineVersion: '27',
    cgroupVersion: 'v2',
  },
  claimed: { cpuMillis: 2000, memoryBytes: 2 ** 33, diskBytes: 2 ** 36, gpus: 1 },
  reserved: { cpuMillis: 200, memoryBytes: 2 ** 28, diskBytes: 2 ** 30, gpus: 0 },
  labels: { rack: 'a' },
  portRange: { start: 20_000, end: 29_999 },
  held: [3, 5],
  epoch: 2,
  assignmentRevision: 9,
  capabilities: ['exec'],
};

function errorOf(call: () => unknown): HeadframeError {
  try {
    call();
  } catch (error) {
    if (error instanceof HeadframeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe("an agent's hello", () => {
  it('comes back as it was', () => {
    const bytes = toBinary(HelloSchema, helloToWire(hello));
    expect(helloFromWire(fromBinary(HelloSchema, bytes))).to.deep.equal(hello);
  });

  const refused: [string, Partial<AgentHello>, string][] = [
    ['no host id', { hostId: '' }, 'hostId'],
    ['a host id that is a path', { hostId: '../x' }, 'hostId'],
    ['a huge host name', { hostName: 'x'.repeat(10_000) }, 'hostName'],
    ['an unknown runtime', { runtime: 'podman' }, 'runtime'],
    ['a bad label', { labels: { 'a b': 'c' } }, 'labels["a b"]'],
    ['a port range that ends before it begins', { portRange: { start: 9, end: 8 } }, 'portRange'],
    ['port 0', { portRange: { start: 0, end: 8 } }, 'portRange.start'],
    ['more CPUs than can be', { claimed: { ...hello.claimed, cpuMillis: 4e9 } }, 'claimed.cpuMillis'],
  ];
  for (const [title, change, path] of refused) {
    it(`is refused with ${title}`, () => {
      const error = errorOf(() => helloFromWire(helloToWire({ ...hello, ...change })));
      expect(error.reason).to.equal('hello_invalid');
      expect(error.violations.map((violation) => violation.path)).to.deep.equal([path]);
    });
  }

  it('is refused with numbers beyond 2^53 and with another protocol version', () => {
    const huge = { ...helloToWire(hello), epoch: 2n ** 60n };
    expect(errorOf(() => helloFromWire(huge)).reason).to.equal('number_out_of_range');
    const older = { ...helloToWire(hello), protocolVersion: 0 };
    expect(errorOf(() => helloFromWire(older)).reason).to.equal('protocol_mismatch');
  });

  it('has its texts for people cut and freed of control characters', () => {
    const description = { ...hello.description, kernel: `a\u001b[31m${'x'.repeat(1000)}` };
    const { kernel } = helloFromWire(helloToWire({ ...hello, description })).description;
    expect(kernel).to.have.length(128);
    expect(kernel).to.not.include('\u001b');
  });
});

const report: InstanceReport = {
  serial: 7,
  state: 'running',
  health: 'healthy',
  reason: 'started',
  text: 'the container runs',
  restarts: 1,
  exitCode: undefined,
  containerId: 'c'.repeat(64),
  startedAtMs: 5,
  atMs: 6,
  progress: { activity: 'pull', doneBytes: 1, totalBytes: 2, text: 'layer' },
};

function reportOnWire(): InstanceReportMessage {
  const [message] = instanceReportsToWire(1, [report]).reports;
  if (message === undefined) throw new Error('no report');
  return message;
}

describe('an instance report', () => {
  it('comes back as it was', () => {
    const reports = fc.record({
      serial: fc.maxSafeNat(),
      state: fc.constantFrom(...INSTANCE_STATES),
      health: fc.constantFrom(...HEALTH_STATES),
      reason: fc.constantFrom('started', 'exited'),
      text: fc.string({ maxLength: 50 }).filter((text) => !/\p{Cc}/u.test(text)),
      restarts: fc.nat(),
      exitCode: fc.option(fc.integer(), { nil: undefined }),
      containerId: fc.constantFrom('', report.containerId),
      startedAtMs: fc.maxSafeNat(),
      atMs: fc.maxSafeNat(),
      progress: fc.constantFrom(report.progress, undefined),
    });
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 3 }), (batch) => {
        const bytes = toBinary(InstanceReportsSchema, instanceReportsToWire(4, batch));
        expect(fromBinary(InstanceReportsSchema, bytes).reports.map(instanceReportFromWire)).to.deep.equal(batch);
      }),
    );
  });

  it('is refused without a state, with one that is unknown, and with a serial beyond 2^53', () => {
    const good = reportOnWire();
    const unknown = 99 as UnknownEnum; // what a newer agent could send
    const reasons = [
      { state: InstanceState.UNSPECIFIED },
      { state: unknown },
      { health: unknown },
      { serial: 2n ** 60n },
    ].map((change) => errorOf(() => instanceReportFromWire({ ...good, ...change })).reason);
    expect(reasons).to.deep.equal(['unknown_value', 'unknown_value', 'unknown_value', 'number_out_of_range']);
  });

  it('has its text cut, an ill-formed reason replaced and impossible times set to 0', () => {
    const good = reportOnWire();
    const bad = { ...good, reason: 'Drop Table', text: 'x'.repeat(9999), startedAtMs: -5n };
    const read = instanceReportFromWire(bad);
    expect(read).to.include({ reason: 'unknown', startedAtMs: 0 });
    expect(read.text).to.have.length(1024);
  });
});

describe('a usage report', () => {
  const usage: UsageReport = {
    host: {
      atMs: 1,
      cpuMillis: 2,
      memoryBytes: 3,
      diskBytes: 4,
      load1: 0.5,
      networkRxBytes: 5,
      networkTxBytes: 6,
    },
    instances: [
      {
        serial: 1,
        cpuMillis: 2,
        memoryBytes: 3,
        pids: 4,
        cpuNanos: 5,
        throttledNanos: 6,
        ioReadBytes: 7,
        ioWriteBytes: 8,
        networkRxBytes: 9,
        networkTxBytes: 10,
        oomKills: 11,
        metrics: [
          { name: 'http:9100/metrics#queue', value: -1.5, why: '' },
          { name: 'http:9100/metrics#other', value: undefined, why: 'HTTP 404' },
        ],
      },
    ],
  };

  it('comes back as it was', () => {
    const bytes = toBinary(UsageReportSchema, usageToWire(usage));
    expect(usageFromWire(fromBinary(UsageReportSchema, bytes))).to.deep.equal(usage);
  });

  it('is brought into range rather than refused, on both sides', () => {
    const sent = usageToWire({
      ...usage,
      host: { ...usage.host, cpuMillis: Number.NaN, memoryBytes: -1, diskBytes: 1.5 },
    });
    expect(sent.host).to.include({ cpuMillis: 0, memoryBytes: 0n, diskBytes: 2n });
    const { host } = usageFromWire(
      create(UsageReportSchema, { host: { load1: Number.NaN, atMs: -1n, memoryBytes: 2n ** 63n } }),
    );
    expect(host).to.include({ load1: 0, atMs: 0, memoryBytes: Number.MAX_SAFE_INTEGER });
  });

  it('has what an instance served cut to size, and what cannot be counted with missing', () => {
    const metrics = Array.from({ length: 17 }, () => ({ name: 'n', value: Number.NaN, why: 'w'.repeat(1000) }));
    const { instances } = usageFromWire(create(UsageReportSchema, { instances: [{ serial: 1n, metrics }] }));
    expect(instances[0]?.metrics).to.have.lengthOf(16);
    expect(instances[0]?.metrics?.[0]?.value).to.equal(undefined);
    expect(instances[0]?.metrics?.[0]?.why).to.have.length(160);
  });

  it('of nothing is nothing', () => {
    expect(usageFromWire(create(UsageReportSchema)).host.cpuMillis).to.equal(0);
  });
});
