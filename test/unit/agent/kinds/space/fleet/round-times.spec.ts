import { expect } from 'chai';
import { factsOf } from '../../../../../../agent/kinds/space/fleet/round-times.js';
import type { DiskScan, HostScan } from '../../../../../../common/model/scan-times.js';

const DEADLINE_MS = 10_000;

const scan = (answered: number, plots: number, ...disks: readonly DiskScan[]): HostScan => ({
  ...{ answered, plots, tookMs: 1, deadlineMs: DEADLINE_MS, disks, plotMs: new Map() },
});
const disk = (tookMs: number, end: DiskScan['end'] = 'whole', name = '/plots/0'): DiskScan => ({
  ...{ disk: name, plots: 4, tookMs, end },
});

describe('what the times of a round are worth telling', () => {
  it('is how many plots of all hosts answered, where some did not', () => {
    const scans = new Map([
      ['a', scan(300, 400)],
      ['b', scan(400, 400)],
    ]);
    const { facts } = factsOf(7n, scans, new Map());
    expect(facts).to.deep.equal([
      { kind: 'fact', fact: 'space_plots_silent', text: 'block 7: 700 of 800 plots answered' },
    ]);
    expect(factsOf(7n, new Map([['a', scan(4, 4)]]), new Map()).facts).to.deep.equal([]);
  });

  it('is a disk that comes nearer its deadline, once, and one that is well again', () => {
    let levels: ReturnType<typeof factsOf>['levels'] = new Map();
    const told = (...disks: readonly DiskScan[]): readonly string[] => {
      const next = factsOf(1n, new Map([['a', scan(4, 4, ...disks)]]), levels);
      levels = next.levels;
      return next.facts.map(({ fact, text }) => `${fact} ${text}`);
    };
    expect(told(disk(4999))).to.deep.equal([]);
    expect(told(disk(5000))).to.deep.equal([
      'space_disk_slow host a: the disk of /plots/0 took 5.0 of 10.0 s for 4 plots',
    ]);
    expect(told(disk(6000), disk(1, 'whole', '/plots/1'))).to.deep.equal([]);
    expect(told(disk(8000)).map((text) => text.split(' ')[0])).to.deep.equal(['space_disk_late']);
    expect(told(disk(10, 'stalled'))).to.deep.equal([]);
    expect(told(disk(10)).map((text) => text.split(' ')[0])).to.deep.equal(['space_disk_well']);
    expect(told(disk(10, 'deadline')).map((text) => text.split(' ')[0])).to.deep.equal(['space_disk_late']);
  });
});
