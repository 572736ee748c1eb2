import { expect } from 'chai';
import { usageMessages } from '../../../../coordinator/telemetry/usage-messages.js';
import type { UsageSample } from '../../../../coordinator/sessions/index.js';
import { sampleUsage } from '../../../support/sample-usage.js';

const MIB = 2 ** 20;
const miner = 'm'.repeat(63);
const fleet = { whereaboutsOf: () => ({ miner, hostId: 'host-1', state: 'running' }) as const };
const serialsFrom = (count: number): number[] => Array.from({ length: count }, (_, at) => 2 ** 52 + at);
const largest = Number.MAX_SAFE_INTEGER;

/** The longest there are. */
const FIGURES = {
  ...{ requests: largest, answered: largest, rejected: largest, failed: largest, timedOut: largest, broken: largest },
  ...{ unreached: largest, left: largest, outstanding: largest, perSecond: 1 / 3 },
  latency: { p50Ms: 1e5 / 3, p95Ms: 1e5 / 3, p99Ms: 1e5 / 3 },
};

function withReadings(sample: UsageSample, count: number): UsageSample {
  const reading = { name: 'n'.repeat(512), value: -Number.MAX_VALUE, why: 'w'.repeat(160) };
  const metrics = Array.from({ length: count }, () => reading);
  return { ...sample, instances: sample.instances.map((one) => ({ ...one, metrics })) };
}

describe('what is published of a sample', () => {
  it('has each instance once, in order, with the time of the sample in every message', () => {
    const serials = serialsFrom(1001);
    const { host, instances } = usageMessages(fleet, sampleUsage('host-1', serials));
    expect(host.instances).to.equal(1001);
    expect(instances.map((message) => message.instances.length)).to.deep.equal([400, 400, 201]);
    expect(instances.flatMap((message) => message.instances.map(({ serial }) => serial))).to.deep.equal(serials);
    for (const message of instances) expect(message).to.include({ atMs: 1000, host: 'host-1' });
  });

  it('tells how those answer that are asked', () => {
    const asked = { ...FIGURES, requests: 3 };
    const asks = {
      figuresOfInstance: (of: string, serial: number) => (of === miner && serial === 7 ? asked : undefined),
    };
    const { instances } = usageMessages(fleet, sampleUsage('host-1', [7, 8]), asks);
    expect(instances[0]?.instances.map((one) => one.asked)).to.deep.equal([asked, undefined]);
  });

  it('stays below what a server takes, whatever the instances serve', () => {
    const sample = sampleUsage('host-1', serialsFrom(800));
    const full = { cpuNanos: largest, ioReadBytes: largest, networkRxBytes: largest, memoryBytes: largest };
    const instances = sample.instances.map((one) => ({ ...one, ...full }));
    for (const readings of [0, 1, 16]) {
      const asks = { figuresOfInstance: () => FIGURES };
      const messages = usageMessages(fleet, withReadings({ ...sample, instances }, readings), asks);
      for (const message of messages.instances)
        expect(Buffer.byteLength(JSON.stringify(message)), String(readings)).to.be.below(MIB);
      expect(messages.instances.flatMap((message) => message.instances)).to.have.lengthOf(800);
    }
  });
});
