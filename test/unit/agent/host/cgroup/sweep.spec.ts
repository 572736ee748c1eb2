import { expect } from 'chai';
import { toUsage } from '../../../../../agent/host/cgroup/reader.js';
import type { ContainerUsage } from '../../../../../agent/host/cgroup/reader.js';
import { UsageSweep } from '../../../../../agent/host/cgroup/sweep.js';
import type { UsageReader } from '../../../../../agent/host/cgroup/sweep.js';

class FakeReader implements UsageReader {
  closed = 0;
  state: 'runs' | 'gone' | 'breaks' = 'runs';
  readonly #cpuNanos: number;

  constructor(cpuNanos: number) {
    this.#cpuNanos = cpuNanos;
  }

  sample(nowMs: number): ContainerUsage | 'gone' {
    if (this.state === 'breaks') throw new Error('input/output error');
    return this.state === 'gone' ? 'gone' : toUsage({}, { atMs: nowMs, cpuNanos: this.#cpuNanos }, undefined);
  }

  close(): void {
    this.closed += 1;
  }
}

class FakeContainers {
  readonly readers = new Map<number, FakeReader>();

  /** Opens a reader for any pid below 1000. */
  readonly open = (pid: number): UsageReader | undefined => {
    if (pid >= 1000) return undefined;
    const reader = new FakeReader(pid);
    this.readers.set(pid, reader);
    return reader;
  };

  of(pid: number): FakeReader {
    const reader = this.readers.get(pid);
    if (reader === undefined) throw new Error(`no reader was opened for ${pid}`);
    return reader;
  }
}

const HOST_NETWORK = { network: false };

describe('UsageSweep', () => {
  let containers: FakeContainers;
  let sweep: UsageSweep;

  beforeEach(() => {
    containers = new FakeContainers();
    sweep = new UsageSweep(containers.open);
    sweep.start('a', 1, HOST_NETWORK);
    sweep.start('b', 2, HOST_NETWORK);
  });

  it('reads every started instance', () => {
    const { usages, gone, failed } = sweep.sweep(1000);
    expect([...usages].map(([id, usage]) => [id, usage.cpuNanos])).to.deep.equal([
      ['a', 1],
      ['b', 2],
    ]);
    expect([gone, failed]).to.deep.equal([[], []]);
  });

  it('lets go of an instance that is gone, once', () => {
    containers.of(1).state = 'gone';
    expect(sweep.sweep(1000).gone).to.deep.equal(['a']);
    expect(containers.of(1).closed).to.equal(1);
    expect([...sweep.sweep(2000).usages.keys()]).to.deep.equal(['b']);
  });

  it('reads the others when one fails', () => {
    containers.of(1).state = 'breaks';
    const { usages, failed } = sweep.sweep(1000);
    expect([...usages.keys()]).to.deep.equal(['b']);
    expect(failed.map(({ instanceId }) => instanceId)).to.deep.equal(['a']);
    expect(containers.of(1).closed).to.equal(1);
    expect(sweep.size).to.equal(1);
  });

  it('keeps its reader when the same process is started again', () => {
    const first = containers.of(1);
    expect(sweep.start('a', 1, HOST_NETWORK)).to.equal(true);
    expect(containers.of(1)).to.equal(first);
    expect(first.closed).to.equal(0);
  });

  it('opens a new reader when the instance has a new process', () => {
    expect(sweep.start('a', 3, HOST_NETWORK)).to.equal(true);
    expect(containers.of(1).closed).to.equal(1);
    expect(sweep.sweep(1000).usages.get('a')?.cpuNanos).to.equal(3);
  });

  it('says so when an instance cannot be read', () => {
    expect(sweep.start('c', 1000, HOST_NETWORK)).to.equal(false);
    expect(sweep.size).to.equal(2);
  });

  it('gives every reader back when it is closed', () => {
    sweep.close();
    expect([...containers.readers.values()].map((reader) => reader.closed)).to.deep.equal([1, 1]);
    expect(sweep.sweep(1000).usages.size).to.equal(0);
  });
});
