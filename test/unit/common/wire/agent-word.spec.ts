import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  HeartbeatSchema,
  InstanceReportSchema,
  InstanceReportsSchema,
  ProgressSchema,
  SessionRequestSchema,
  SessionResponseSchema,
  SnapshotRequestSchema,
  UsageReportSchema,
} from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { InstanceReport, SessionRequest } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { Health, InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import {
  encodeHeartbeatAck,
  encodeReportsAck,
  instanceReportFromWire,
  readAgentWord,
  usageFromWire,
} from '../../../../common/wire/agent.js';
import { WireReader } from '../../../../common/wire/wire-reader.js';

const bytesOf = (message: SessionRequest['message']): Buffer =>
  Buffer.from(toBinary(SessionRequestSchema, create(SessionRequestSchema, { message })));

const anyInt64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 42n }), fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }));
const anyInt32 = fc.oneof(fc.nat(200), fc.integer());
const STATES = [InstanceState.PENDING, InstanceState.RUNNING, InstanceState.FAILED, InstanceState.LOST] as const;
const anyWireReport = fc
  .record({
    serial: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 21n }), fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })),
    state: fc.constantFrom(...STATES),
    health: fc.constantFrom(Health.NONE, Health.CHECKING, Health.HEALTHY, Health.UNHEALTHY),
    reason: fc.constantFrom('', 'started', 'no code', 'x'.repeat(200)),
    text: fc.oneof(fc.constantFrom('', 'The container runs.'), fc.string({ unit: 'binary', maxLength: 2000 })),
    restarts: fc.nat(2 ** 32 - 1),
    exitCode: fc.option(anyInt32, { nil: undefined }),
    containerId: fc.oneof(fc.constant('0a'.repeat(32)), fc.string({ maxLength: 300 })),
    startedAtMs: anyInt64,
    atMs: anyInt64,
    progress: fc.option(fc.record({ activity: fc.string(), doneBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }), {
      nil: undefined,
    }),
  })
  .map(({ exitCode, progress, ...rest }) =>
    create(InstanceReportSchema, {
      ...rest,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(progress === undefined ? {} : { progress: create(ProgressSchema, progress) }),
    }),
  );

const anyUint32 = fc.oneof(fc.nat(5000), fc.nat(2 ** 32 - 1));
const anyUint64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 40n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const network = { networkRxBytes: anyUint64, networkTxBytes: anyUint64 };
const anyWireUsage = fc
  .record({
    host: fc.option(
      fc.record({
        atMs: anyInt64,
        cpuMillis: anyUint32,
        memoryBytes: anyUint64,
        diskBytes: anyUint64,
        load1: fc.double(),
        ...network,
      }),
      { nil: undefined },
    ),
    instances: fc.array(
      fc.record({
        serial: anyUint64,
        cpuMillis: anyUint32,
        memoryBytes: anyUint64,
        pids: anyUint32,
        cpuNanos: anyUint64,
        throttledNanos: anyUint64,
        ioReadBytes: anyUint64,
        ioWriteBytes: anyUint64,
        ...network,
        oomKills: anyUint32,
        metrics: fc.array(
          fc
            .record({ name: fc.string(), value: fc.option(fc.double(), { nil: undefined }), why: fc.string() })
            .map(({ value, ...rest }) => ({ ...rest, ...(value === undefined ? {} : { value }) })),
          { maxLength: 20 },
        ),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ host, instances }) => create(UsageReportSchema, { instances, ...(host === undefined ? {} : { host }) }));

// Of a newer contract, hence in no type.
const NEWER_STATE = 77 as InstanceState;

function reasonOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof HeadframeError ? error.reason : 'other';
  }
  return 'none';
}

const reportBytes = (report: Partial<InstanceReport>): Buffer => {
  const sound = { serial: 1n, state: InstanceState.RUNNING, health: Health.NONE };
  const reports = [Object.assign(create(InstanceReportSchema, sound), report)];
  return bytesOf({ case: 'reports', value: create(InstanceReportsSchema, { sequence: 1n, reports }) });
};

describe('what an agent says', () => {
  it('is read as the messages it is made of would be', () => {
    fc.assert(
      fc.property(fc.array(anyWireReport, { maxLength: 5 }), fc.maxSafeNat(), (reports, sequence) => {
        const value = create(InstanceReportsSchema, { sequence: BigInt(sequence), reports });
        const word = readAgentWord(bytesOf({ case: 'reports', value }));
        expect(word).to.deep.equal({
          case: 'reports',
          value: { sequence, reports: reports.map(instanceReportFromWire) },
        });
      }),
    );
  });

  it('is read as the message of usage would be', () => {
    fc.assert(
      fc.property(anyWireUsage, (value) => {
        const word = readAgentWord(bytesOf({ case: 'usage', value }));
        expect(word).to.deep.equal({ case: 'usage', value: usageFromWire(value) });
      }),
    );
  });

  it('tells the usage of no more instances than a host may hold', () => {
    const value = create(UsageReportSchema, { instances: Array.from({ length: 10_001 }, () => ({ serial: 1n })) });
    const word = readAgentWord(bytesOf({ case: 'usage', value }));
    expect(word.case === 'usage' && word.value.instances).to.have.lengthOf(10_000);
  });

  it('is read whatever a newer agent says beside it', () => {
    const value = create(UsageReportSchema, { host: { cpuMillis: 7 }, instances: [{ serial: 3n }] });
    const usage = bytesOf({ case: 'usage', value });
    const beside = Buffer.concat([usage, Buffer.from([0xf8, 0x7, 1])]);
    expect(readAgentWord(beside)).to.deep.equal(readAgentWord(usage));
    const within = toBinary(UsageReportSchema, value);
    const newer = Buffer.concat([within, Buffer.from([0xf9, 0x7, 1, 2, 3, 4, 5, 6, 7, 8])]);
    const longer = Buffer.concat([Buffer.from([0x22, newer.length]), newer]);
    expect(readAgentWord(longer)).to.deep.equal(readAgentWord(usage));
  });

  it('may have fields that a newer agent knows, anywhere', () => {
    const known = reportBytes({ text: 'runs' });
    const report = Buffer.concat([
      known.subarray(known.indexOf(0x12) + 2),
      Buffer.from([0xf8, 0x7, 1, 0xfa, 0x7, 1, 0]),
    ]);
    const batch = Buffer.concat([
      Buffer.from([0x8, 9, 0x12, report.length]),
      report,
      Buffer.from([0xfd, 0x7, 1, 2, 3, 4]),
    ]);
    const bytes = Buffer.concat([Buffer.from([0x1a, batch.length]), batch]);
    const word = readAgentWord(bytes);
    expect(word.case === 'reports' && word.value.sequence).to.equal(9);
    expect(word.case === 'reports' && word.value.reports[0]?.text).to.equal('runs');
  });

  it('is as it came, for all but reports, usage and heartbeats', () => {
    const value = create(SnapshotRequestSchema, { reason: 'unknown_base' });
    const message = { case: 'snapshotRequest', value } as const;
    expect(readAgentWord(bytesOf(message))).to.deep.equal(message);
    const beat = create(HeartbeatSchema, { sequence: 7_000n });
    expect(readAgentWord(bytesOf({ case: 'heartbeat', value: beat }))).to.deep.equal({
      case: 'heartbeat',
      sequence: 7_000,
    });
  });

  it('is acknowledged as the messages of the contract would', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), fc.nat(2 ** 40), (sequence, epoch, atMs) => {
        const ack = fromBinary(SessionResponseSchema, encodeHeartbeatAck({ sequence, epoch, atMs })).message;
        expect(ack).to.have.deep.nested.property('value.sequence', BigInt(sequence));
        expect(ack).to.have.deep.nested.property('value.epoch', BigInt(epoch));
        expect(ack).to.have.deep.nested.property('value.atMs', BigInt(atMs));
        const reports = fromBinary(SessionResponseSchema, encodeReportsAck(sequence)).message;
        expect(reports).to.have.property('case', 'reportsAck');
        expect(reports).to.have.deep.nested.property('value.sequence', BigInt(sequence));
      }),
    );
  });

  it('is refused where it would change the wrong thing', () => {
    expect(reasonOf(() => readAgentWord(reportBytes({ state: InstanceState.UNSPECIFIED })))).to.equal('unknown_value');
    expect(reasonOf(() => readAgentWord(reportBytes({ state: NEWER_STATE })))).to.equal('unknown_value');
    expect(reasonOf(() => readAgentWord(reportBytes({ health: Health.UNSPECIFIED })))).to.equal('unknown_value');
    expect(reasonOf(() => readAgentWord(reportBytes({ serial: 2n ** 53n })))).to.equal('number_out_of_range');
  });

  it('is refused when it holds more reports than any host has instances to tell of at once', () => {
    const many = Buffer.alloc(2 * 10_001);
    for (let at = 0; at < many.length; at += 2) many[at] = 0x12;
    const empty = Buffer.concat([Buffer.from([0x1a, 0xa2, 0x9c, 0x1]), many]);
    // Empty reports have no state; what is checked first is one by one.
    expect(reasonOf(() => readAgentWord(empty))).to.equal('unknown_value');
    const [report] = [Buffer.from([0x12, 6, 0x8, 1, 0x10, 5, 0x18, 1])];
    const reports = Buffer.concat(Array.from({ length: 10_001 }, () => report));
    const head = Buffer.from([0x1a, 0x88, 0xf1, 0x4]);
    expect(reasonOf(() => readAgentWord(Buffer.concat([head, reports])))).to.equal('too_many_reports');
  });

  it('is no message when its bytes are cut or twisted, and never hangs', () => {
    const whole = reportBytes({ text: 'some text', containerId: 'a'.repeat(64) });
    for (let end = 1; end < whole.length; end += 1)
      expect(() => readAgentWord(whole.subarray(0, end)), String(end)).to.throw();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = new WireReader(Buffer.from(bytes));
        expect(() => {
          for (let field = reader.next(); field !== 0; field = reader.next()) reader.skip();
        }).to.satisfy((call: () => void) => reasonOf(call) !== 'never');
      }),
    );
  });
});
