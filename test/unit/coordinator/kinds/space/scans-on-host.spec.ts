import { expect } from 'chai';
import type { HostScan } from '../../../../../common/model/scan-times.js';
import { scansOnHost } from '../../../../../coordinator/kinds/space/scans-on-host.js';

const scan = (tookMs: number, disk: string, ...plots: readonly string[]): HostScan => ({
  ...{ answered: 1, plots: 1, tookMs, deadlineMs: 9000 },
  disks: [{ disk, plots: 1, tookMs, end: 'whole' }],
  plotMs: new Map(plots.map((path) => [path, tookMs])),
});

describe('what scans of a host took', () => {
  it('is told by the paths of the host, and of a disk that several miners scan the longest', () => {
    const { disks, plotMs } = scansOnHost([
      { folders: ['/mnt/a', '/mnt/b'], scan: scan(30, '/plots/1', '/plots/1/x.plot', '/plots/0/y.plot') },
      { folders: ['/mnt/b'], scan: scan(20, '/plots/0', '/plots/0/x.plot') },
    ]);
    expect([...disks]).to.deep.equal([
      ['/mnt/b', { disk: '/mnt/b', plots: 1, tookMs: 30, end: 'whole', deadlineMs: 9000 }],
    ]);
    expect([...plotMs].sort()).to.deep.equal([
      ['/mnt/a/y.plot', 30],
      ['/mnt/b/x.plot', 30],
    ]);
  });

  it('is nothing for paths that lie in none of its folders', () => {
    for (const path of ['/plots/2/x.plot', '/etc/passwd', '/plots/x', '/plots/01x', ''])
      expect(scansOnHost([{ folders: ['/mnt/a'], scan: scan(1, path, path) }]), path).to.deep.equal({
        ...{ disks: new Map(), plotMs: new Map() },
      });
  });
});
