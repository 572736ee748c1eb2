import { posix } from 'node:path';
import { expect } from 'chai';
import { parseNetwork } from '../../../../../agent/host/cgroup/counters.js';
import type { Counters } from '../../../../../agent/host/cgroup/counters.js';
import { parseCgroupMounts, parseMembership } from '../../../../../agent/host/cgroup/location.js';
import { CgroupReader, planFiles, toUsage } from '../../../../../agent/host/cgroup/reader.js';
import { HYBRID, V1_CGROUPFS, V1_FILES, V2_BIND_MOUNT, V2_FILES, V2_SYSTEMD } from './shapes.js';
import type { Shape } from './shapes.js';

function filesOf(shape: Shape): ReturnType<typeof planFiles> {
  return planFiles(parseMembership(shape.membership), parseCgroupMounts(shape.mountinfo));
}

function countersOf(shape: Shape, texts: Readonly<Record<string, string>>): Counters {
  const counters: Counters = {};
  for (const { path, parse } of filesOf(shape)) {
    const text = texts[posix.basename(path)];
    if (text !== undefined) parse(text, counters);
  }
  return counters;
}

const EXPECTED: Counters = {
  memoryUsageBytes: 1_384_448,
  inactiveFileBytes: 57_344,
  memoryLimitBytes: 67_108_864,
  oomKills: 3,
  pids: 1,
  ioReadBytes: 1_004_096,
  ioWriteBytes: 20_480,
};

describe('the files of a container', () => {
  for (const shape of [V1_CGROUPFS, HYBRID, V2_SYSTEMD, V2_BIND_MOUNT]) {
    it(`are found on ${shape.name}`, () => {
      expect(filesOf(shape).map((file) => file.path)).to.deep.equal(shape.paths);
    });
  }

  for (const shape of [V1_CGROUPFS, HYBRID]) {
    it(`are understood on ${shape.name}`, () => {
      const expected = { ...EXPECTED, cpuNanos: 41_769_381, throttledNanos: 7_100_450 };
      expect(countersOf(shape, V1_FILES)).to.deep.equal(expected);
    });
  }

  it('are understood on v2, with microseconds turned into nanoseconds', () => {
    const expected = { ...EXPECTED, cpuNanos: 41_769_000, throttledNanos: 7_100_000 };
    expect(countersOf(V2_SYSTEMD, V2_FILES)).to.deep.equal(expected);
  });

  it('show no memory limit where there is none', () => {
    const v1 = { 'memory.stat': 'hierarchical_memory_limit 9223372036854771712\ntotal_inactive_file 0\n' };
    expect(countersOf(V1_CGROUPFS, v1).memoryLimitBytes).to.equal(undefined);
    expect(countersOf(V2_SYSTEMD, { 'memory.max': 'max\n' }).memoryLimitBytes).to.equal(undefined);
  });

  it('leave out what the kernel does not write', () => {
    const counters = countersOf(V2_SYSTEMD, {
      'cpu.stat': 'usage_usec 5\nuser_usec 5\nsystem_usec 0\n',
      'io.stat': '',
    });
    expect(counters).to.deep.equal({ cpuNanos: 5000, throttledNanos: undefined, ioReadBytes: 0, ioWriteBytes: 0 });
  });

  it('are never those of a root cgroup', () => {
    expect(filesOf({ ...V2_SYSTEMD, membership: '0::/\n' })).to.deep.equal([]);
    expect(filesOf({ ...V2_BIND_MOUNT, membership: '0::/docker\n' })).to.deep.equal([]);
  });
});

describe('parseNetwork', () => {
  it('adds up all interfaces but loopback', () => {
    const counters: Counters = {};
    parseNetwork(
      `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0: 322755026    9098    0    0    0     0          0         0   768663    5730    0    0    0     0       0          0
eth1:286 3 0 0 0 0 0 0 40 5 0 0 0 0 0 0
`,
      counters,
    );
    expect(counters).to.deep.equal({ netRxBytes: 322_755_312, netTxBytes: 768_703 });
  });
});

describe('toUsage', () => {
  it('averages CPU over the time since the sample before', () => {
    const usage = toUsage({}, { atMs: 3000, cpuNanos: 1_500_000_000 }, { atMs: 1000, cpuNanos: 500_000_000 });
    expect(usage.cpuMillicores).to.equal(500);
  });

  it('knows no average at the first sample, nor when no time has passed', () => {
    const now = { atMs: 1000, cpuNanos: 5 };
    expect(toUsage({}, now, undefined).cpuMillicores).to.equal(undefined);
    expect(toUsage({}, now, { atMs: 1000, cpuNanos: 1 }).cpuMillicores).to.equal(undefined);
  });

  it('takes the droppable page cache off, never below nothing', () => {
    const now = { atMs: 1, cpuNanos: 0 };
    expect(toUsage({ memoryUsageBytes: 100, inactiveFileBytes: 30 }, now, undefined).memoryBytes).to.equal(70);
    expect(toUsage({ memoryUsageBytes: 20, inactiveFileBytes: 30 }, now, undefined).memoryBytes).to.equal(0);
    expect(toUsage({ inactiveFileBytes: 30 }, now, undefined).memoryBytes).to.equal(undefined);
  });
});

describe('CgroupReader.open', () => {
  it('answers nothing for a process that does not exist', () => {
    expect(CgroupReader.open(2 ** 22 + 1, { network: true })).to.equal(undefined);
  });
});
