import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { diskClassOf } from '../../../../../../agent/kinds/space/desk/disk-class.js';
import { tellFolders } from '../../../../../../agent/kinds/space/desk/folder-news.js';
import { reportFolders } from '../../../../../../agent/kinds/space/desk/folder-report.js';
import { PlotCare } from '../../../../../../agent/kinds/space/desk/plot-care.js';
import type { PlotJob } from '../../../../../../agent/kinds/space/desk/plot-word.js';
import { FolderProbes, probeFolder } from '../../../../../../agent/kinds/space/desk/probe-folder.js';
import type { RegisteredPlot } from '../../../../../../agent/kinds/space/registry/match-plots.js';
import type { ReportedPlotFolder } from '../../../../../../common/model/plot-folder.js';
import { silentLogger } from '../../../../../../common/observe/logger.js';
import { plotFoldersFromWire, plotFoldersToWire } from '../../../../../../common/wire/plot-folder.js';
import { applyPlotFolders } from '../../../../../../coordinator/sessions/host-plots.js';
import { openFleetFixture } from '../../../../../support/fleet-fixture.js';
import { sampleHost } from '../../../../../support/fleet-samples.js';
import { ManualClock } from '../../../../../support/manual-clock.js';
import { plotFolder } from '../../../../../support/space/plot-folder-samples.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const GIB = 2 ** 30;
/** As Linux packs 8:17, and 259:3. */
const [PART, NVME_PART] = [8 * 256 + 17, 259 * 256 + 3];

/** A sysfs with these disks: the path of each, whether it turns, and what stands on it. */
async function makeSys(temp: string, disks: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, turns] of Object.entries(disks)) {
    await mkdir(join(temp, 'devices', path, 'queue'), { recursive: true });
    await writeFile(join(temp, 'devices', path, 'queue/rotational'), `${turns}\n`);
  }
  await mkdir(join(temp, 'dev/block'), { recursive: true });
  return temp;
}

describe('the class of a disk', () => {
  it('is what the kernel says of the whole disk, by what it hangs at and whether it turns', async () => {
    await using temp = await makeTempDir();
    const sys = await makeSys(temp.path, { 'ata/sdb': '1', 'pci/nvme0n1': '0', 'ata/sdc': '0' });
    const add = async (number: string, path: string): Promise<void> => {
      await mkdir(join(sys, 'devices', path), { recursive: true });
      if (path.split('/').length === 3) await writeFile(join(sys, 'devices', path, 'partition'), '1\n');
      await symlink(join(sys, 'devices', path), join(sys, 'dev/block', number));
    };
    await add('8:17', 'ata/sdb/sdb1');
    await add('259:3', 'pci/nvme0n1/nvme0n1p3');
    await add('8:32', 'ata/sdc');
    expect(await diskClassOf(PART, sys)).to.equal('hdd');
    expect(await diskClassOf(NVME_PART, sys)).to.equal('nvme');
    expect(await diskClassOf(8 * 256 + 32, sys)).to.equal('ssd');
    // Of networks and memory the kernel knows no disk.
    expect(await diskClassOf(40, sys)).to.equal('');
  });

  it('is that of the slowest disk where a file system stands on several', async () => {
    await using temp = await makeTempDir();
    const sys = await makeSys(temp.path, { 'v/dm-0': '0', 'v/md1': '0', 'pci/nvme0n1': '0', 'ata/sdb': '1' });
    for (const [above, below] of [
      ['v/dm-0', 'v/md1'],
      ['v/md1', 'pci/nvme0n1'],
      ['v/md1', 'ata/sdb'],
    ] as const) {
      const link = join(sys, 'devices', above, 'slaves', below.split('/')[1] ?? '');
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(sys, 'devices', below), link);
    }
    await symlink(join(sys, 'devices/v/dm-0'), join(sys, 'dev/block/253:0'));
    // A minor number of more than eight bits.
    await symlink(join(sys, 'devices/pci/nvme0n1'), join(sys, 'dev/block/259:300'));
    expect(await diskClassOf(253 * 256, sys)).to.equal('hdd');
    expect(await diskClassOf(259 * 256 + (300 % 256) + 256 * 4096, sys)).to.equal('nvme');
  });

  it('and the room are told of this very machine', async () => {
    const { freeBytes, diskClass } = await probeFolder(import.meta.dirname);
    expect(freeBytes).to.be.greaterThan(0);
    expect(['', 'hdd', 'ssd', 'nvme']).to.include(diskClass);
  });
});

describe('folders of plots that are reported', () => {
  const folders = [
    { folder: '/a', status: 'well', disk: '/a' },
    { folder: '/b', status: 'well', disk: '/a', realPath: '/mnt/b' },
    { folder: '/c', status: 'missing', disk: undefined },
  ] as const;
  const plot = (filePath: string, status: string) => ({ filePath, status, spaceAllocatedBytes: GIB }) as RegisteredPlot; // the rest is nobody's here
  const job = (path: string, state: PlotJob['state']) =>
    ({ kind: 'make', path, state, totalBytes: 8 * GIB, doneBytes: GIB }) as PlotJob; // as above

  it('have their valid plots, and the room that is not promised, in whole GiB', () => {
    const plots = [plot('/a/1.plot', 'Valid'), plot('/a/2.plot', 'Corrupted'), plot('/c/3.plot', 'Missing')];
    const jobs = [job('/b/4.plot', 'running'), job('/a/5.plot', 'failed')];
    const probe = { freeBytes: 100.7 * GIB, diskClass: 'ssd' } as const;
    const told = reportFolders({ folders, plots, jobs }, [probe, probe, probe], 3 * GIB);
    expect(told).to.deep.equal([
      { path: '/a', status: 'well', disk: '/a', diskClass: 'ssd', roomBytes: 90 * GIB, plots: 1, plotBytes: GIB },
      {
        ...{ path: '/b', status: 'well', disk: '/a', diskClass: 'ssd', roomBytes: 90 * GIB, plots: 0, plotBytes: 0 },
        realPath: '/mnt/b',
      },
      { path: '/c', status: 'missing', disk: '', diskClass: '', roomBytes: 0, plots: 0, plotBytes: 0 },
    ]);
    expect(plotFoldersFromWire(plotFoldersToWire(told))).to.deep.equal(told);
  });

  it('are told at first and when something changes, and a disk that hangs holds up nobody', async () => {
    const clock = new ManualClock();
    let freeBytes = 10 * GIB;
    const asked: string[] = [];
    const probes = new FolderProbes(clock, (folder) => {
      asked.push(folder);
      return folder === '/b' ? new Promise(() => undefined) : Promise.resolve({ freeBytes, diskClass: 'hdd' });
    });
    const told: (readonly ReportedPlotFolder[])[] = [];
    const stop = new AbortController();
    const registry = { folders, plots: [] };
    const tell = (report: readonly ReportedPlotFolder[]): void => void told.push(report);
    const telling = tellFolders({ registry, jobs: { all: [] }, probes, keepFreeBytes: 0, clock, tell }, stop.signal);
    await clock.advanceAsync(5000);
    expect(told.map((report) => report.map(({ roomBytes }) => roomBytes / GIB))).to.deep.equal([[10, 0, 0]]);
    freeBytes -= 5;
    await clock.advanceAsync(20_000);
    expect(told.map((report) => report.map(({ roomBytes }) => roomBytes / GIB))).to.deep.equal([
      [10, 0, 0],
      [9, 0, 0],
    ]);
    // What hangs is not asked again and again.
    expect(asked.filter((folder) => folder === '/b')).to.have.length(1);
    stop.abort();
    await clock.advanceAsync(5000);
    await telling;
  });

  it('are told again until the coordinator has heard them', async () => {
    const clock = new ManualClock();
    const sent: number[] = [];
    let isThere = false;
    const care = new PlotCare({
      ...{ options: undefined, clock, logger: silentLogger, teller: { note: () => undefined } },
      send: (told) => (sent.push(told.length), isThere),
    });
    care.tell();
    await clock.advanceAsync(5000);
    isThere = true;
    await clock.advanceAsync(60_000);
    // A host without folders says so, for it may have had some.
    expect(sent).to.deep.equal([0, 0, 0]);
    care.close();
  });

  it('are recorded by the coordinator when they differ, and only then', async () => {
    const { fleet } = await openFleetFixture();
    fleet.transact((tx) => tx.putHost(sampleHost('host-1')));
    const say = (...told: readonly ReportedPlotFolder[]): number => {
      fleet.transact((tx) => applyPlotFolders(tx, 'host-1', plotFoldersFromWire(plotFoldersToWire(told))));
      return fleet.revision;
    };
    const before = fleet.revision;
    expect(say()).to.equal(before);
    const first = say(plotFolder('/one'));
    expect([first > before, fleet.host('host-1')?.plotFolders]).to.deep.equal([true, [plotFolder('/one')]]);
    expect(say(plotFolder('/one'))).to.equal(first);
    expect(say(plotFolder('/one', { room: 5 }))).to.be.greaterThan(first);
    say();
    expect(fleet.host('host-1')).not.to.have.property('plotFolders');
  });
});
