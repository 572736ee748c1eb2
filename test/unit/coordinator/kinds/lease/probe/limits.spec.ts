import { expect } from 'chai';
import { limitsDiffer, readLimits, unread } from '../../../../../../coordinator/kinds/lease/probe/limits.js';

const RENTED = { cpuMillis: 1_500, memoryBytes: 512 * 2 ** 20, diskBytes: 0, gpus: 1, pids: 256 };
const V2 = 'cpu.max 150000 100000\nmemory.max 536870912\npids.max 256\ngpus 1\nend\n';
const V1 =
  'cpu/cpu.cfs_quota_us 150000\ncpu/cpu.cfs_period_us 100000\nmemory/memory.limit_in_bytes 536870912\npids/pids.max 256\ngpus 1\nend\n';

describe('the limits that are read inside of a lease', () => {
  it('are what was rented, by either version of cgroups', () => {
    for (const output of [V2, V1, V2.replaceAll('\n', '\r\n')]) {
      const read = readLimits(output) ?? expect.fail(output);
      expect(limitsDiffer(read, RENTED)).to.deep.equal([]);
      expect(unread(read)).to.deep.equal([]);
    }
  });

  it('may be rounded, but not be others, higher or lower or none', () => {
    const differing = (patch: string, by: string): number =>
      limitsDiffer(readLimits(V2.replace(patch, by)) ?? expect.fail(by), RENTED).length;
    expect(differing('536870912', '536866816')).to.equal(0);
    expect(differing('536870912', '268435456')).to.equal(1);
    expect(differing('536870912', '1073741824')).to.equal(1);
    expect(differing('536870912', 'max')).to.equal(1);
    expect(differing('150000', '100000')).to.equal(1);
    expect(differing('150000', 'max')).to.equal(1);
    expect(differing('pids.max 256', 'pids.max max')).to.equal(1);
    expect(differing('gpus 1', 'gpus 0')).to.equal(1);
    expect(differing('gpus 1', 'gpus 2')).to.equal(1);
    const old = V1.replace('quota_us 150000', 'quota_us -1').replace('536870912', '9223372036854771712');
    const read = readLimits(old) ?? expect.fail('not read');
    expect(read).to.deep.include({ cpuMillis: Infinity, memoryBytes: Infinity });
    expect(limitsDiffer(read, RENTED)).to.have.length(2);
  });

  it('are told to be unread where they are, and nothing is made up for them', () => {
    const read = readLimits('motd\npids.max 256\ncpu.max 150000 0\nmemory.max lots\nend') ?? expect.fail('not read');
    expect(limitsDiffer(read, RENTED)).to.deep.equal([]);
    expect(unread(read)).to.deep.equal(['CPU', 'memory', 'GPUs']);
  });

  it('are none without the end of them', () => {
    for (const output of ['', 'bash: syntax error', V2.replace('end\n', '')])
      expect(readLimits(output), output).to.equal(undefined);
  });
});
