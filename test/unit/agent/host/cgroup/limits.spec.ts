import { posix } from 'node:path';
import { expect } from 'chai';
import { confinementOf, limitsOf } from '../../../../../agent/host/cgroup/limits.js';
import type { AppliedLimits, ReadFile } from '../../../../../agent/host/cgroup/limits.js';
import { parseCgroupMounts, parseMembership } from '../../../../../agent/host/cgroup/location.js';
import { HYBRID, V1_CGROUPFS, V1_FILES, V2_FILES, V2_SYSTEMD } from './shapes.js';
import type { Shape } from './shapes.js';

function limits(shape: Shape, read: ReadFile): AppliedLimits {
  return limitsOf(parseMembership(shape.membership), parseCgroupMounts(shape.mountinfo), read);
}

function fromFiles(files: Readonly<Record<string, string>>): ReadFile {
  return (path) => files[posix.basename(path)];
}

const LIMITED: AppliedLimits = {
  cpuQuotaMicros: 50_000,
  cpuPeriodMicros: 100_000,
  cpuMillicores: 500,
  memoryBytes: 67_108_864,
  swapBytes: 0,
  pids: 32,
};

describe('the limits of a container', () => {
  for (const [shape, files] of [
    [V1_CGROUPFS, V1_FILES],
    [HYBRID, V1_FILES],
    [V2_SYSTEMD, V2_FILES],
  ] as const) {
    it(`are read back on ${shape.name}`, () => {
      expect(limits(shape, fromFiles(files))).to.deep.equal(LIMITED);
    });
  }

  const unlimited = { cpuQuotaMicros: 'unlimited', cpuPeriodMicros: 100_000, cpuMillicores: 'unlimited' };
  const rest = { memoryBytes: 'unlimited', swapBytes: 'unlimited', pids: 'unlimited' };

  it('are unlimited where v1 writes -1, max or its largest number', () => {
    const huge = '9223372036854771712\n';
    const read = fromFiles({
      'cpu.cfs_quota_us': '-1\n',
      'cpu.cfs_period_us': '100000\n',
      'memory.limit_in_bytes': huge,
      'memory.memsw.limit_in_bytes': huge,
      'pids.max': 'max\n',
    });
    expect(limits(V1_CGROUPFS, read)).to.deep.equal({ ...unlimited, ...rest });
  });

  it('are unlimited where v2 writes max', () => {
    const max = 'max\n';
    const read = fromFiles({ 'cpu.max': 'max 100000\n', 'memory.max': max, 'memory.swap.max': max, 'pids.max': max });
    expect(limits(V2_SYSTEMD, read)).to.deep.equal({ ...unlimited, ...rest });
  });

  it('are unknown where the files are not there, as without swap accounting', () => {
    const read: ReadFile = (path) => (path.includes('memsw') ? undefined : V1_FILES[posix.basename(path)]);
    expect(limits(V1_CGROUPFS, read)).to.deep.equal({ ...LIMITED, swapBytes: 'unknown' });
    expect(limits(V2_SYSTEMD, () => undefined).memoryBytes).to.equal('unknown');
  });
});

describe('confinementOf', () => {
  const mounts = parseCgroupMounts(V2_SYSTEMD.mountinfo);

  it('takes the tightest limit on the way to the root', () => {
    const files: Readonly<Record<string, string>> = {
      '/sys/fs/cgroup/a/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/memory.max': '4096\n',
      '/sys/fs/cgroup/a/b/memory.max': '8192\n',
    };
    const confinement = confinementOf(parseMembership('0::/a/b\n'), mounts, (path) => files[path]);
    expect(confinement).to.deep.equal({ cpuMillicores: 1500, memoryBytes: 4096 });
  });

  it('is unlimited or unknown where no ancestor has a number', () => {
    const inRoot = confinementOf(parseMembership('0::/\n'), mounts, () => undefined);
    expect(inRoot).to.deep.equal({ cpuMillicores: 'unknown', memoryBytes: 'unknown' });
    const free = confinementOf(parseMembership('0::/a\n'), mounts, (path) =>
      path.endsWith('/a/memory.max') ? 'max\n' : undefined,
    );
    expect(free.memoryBytes).to.equal('unlimited');
  });
});
