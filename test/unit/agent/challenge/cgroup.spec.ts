import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { readCgroup, usedSince } from '../../../../agent/challenge/prover/cgroup.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe("what a prover reads of its container's limits", () => {
  it('is found in cgroup v2', async () => {
    await using folder = await makeTempDir();
    await write(folder.path, {
      'cgroup.controllers': 'cpu memory\n',
      'cpu.max': '150000 100000\n',
      'memory.max': '1073741824\n',
      'memory.peak': '900000000\n',
      'cpu.stat': 'usage_usec 2500000\nnr_throttled 3\nthrottled_usec 40000\n',
    });
    expect(await readCgroup(folder.path)).to.deep.equal({
      ...{ version: 2, cpuLimitMillis: 1500, memoryLimitBytes: 1_073_741_824, memoryPeakBytes: 900_000_000 },
      ...{ cpuTimeMs: 2500, throttledMs: 40 },
    });
  });

  it('is found in cgroup v1, where no limit is a huge one', async () => {
    await using folder = await makeTempDir();
    await write(folder.path, {
      'cpuacct/cpuacct.usage': '2500000000\n',
      'cpu/cpu.cfs_quota_us': '-1\n',
      'cpu/cpu.cfs_period_us': '100000\n',
      'cpu/cpu.stat': 'nr_periods 5\nnr_throttled 1\nthrottled_time 7000000\n',
      'memory/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/memory.max_usage_in_bytes': '5000\n',
    });
    expect(await readCgroup(folder.path)).to.deep.equal({
      ...{ version: 1, cpuLimitMillis: 0, memoryLimitBytes: 0, memoryPeakBytes: 5000, cpuTimeMs: 2500, throttledMs: 7 },
    });
  });

  it('is nothing where there are no cgroups', async () => {
    await using folder = await makeTempDir();
    expect(await readCgroup(folder.path)).to.include({ version: 0, cpuLimitMillis: 0, cpuTimeMs: 0 });
  });

  it('counts what was used between two readings alone', () => {
    const later = { version: 2, cpuLimitMillis: 1, memoryLimitBytes: 2, memoryPeakBytes: 3 } as const;
    const used = usedSince({ cpuTimeMs: 40, throttledMs: 1 }, { ...later, cpuTimeMs: 100, throttledMs: 5 });
    expect(used).to.deep.equal({ ...later, cpuTimeMs: 60, throttledMs: 4 });
  });
});

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
