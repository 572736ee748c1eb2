import { expect } from 'chai';
import type { ReportedPlotFolder } from '../../../../../common/model/plot-folder.js';
import { placePlots } from '../../../../../coordinator/kinds/space/place-plots.js';
import type { PlotHost } from '../../../../../coordinator/kinds/space/place-plots.js';
import { plotFolder } from '../../../../support/space/plot-folder-samples.js';

const GIB = 2 ** 30;

const host = (id: string, plotFolders: readonly ReportedPlotFolder[], patch: Partial<PlotHost> = {}): PlotHost => ({
  ...{ id, name: `name-${id}`, state: 'ready', cordoned: false, draining: false, plotFolders },
  ...patch,
});

const placed = (hosts: readonly PlotHost[], count: number, wish: { bytes?: number; diskClass?: 'hdd' | 'nvme' } = {}) =>
  placePlots(hosts, { count, bytes: (wish.bytes ?? 10) * GIB, diskClass: wish.diskClass ?? '' });
const at = (hosts: readonly PlotHost[], count: number, wish = {}): readonly string[] =>
  placed(hosts, count, wish).places.map(({ hostId, folder }) => `${hostId}${folder}`);

describe('where plots are made', () => {
  it('is on the disk with the fewest bytes of plots, and so spread over disks and hosts', () => {
    const hosts = [
      host('a', [plotFolder('/one', { held: 0 }), plotFolder('/two', { held: 20 })]),
      host('b', [plotFolder('/one', { held: 0 }), plotFolder('/two', { held: 0 })]),
    ];
    expect(at(hosts, 6)).to.deep.equal(['b/one', 'b/two', 'a/one', 'b/one', 'a/one', 'b/two']);
  });

  it('levels bytes of plots and not what room is left', () => {
    const uneven = host('a', [
      plotFolder('/large', { held: 0, room: 900 }),
      plotFolder('/small', { held: 0, room: 90 }),
    ]);
    expect(at([uneven], 4)).to.deep.equal(['a/large', 'a/small', 'a/large', 'a/small']);
  });

  it('takes folders on one disk as one, and no more than has room', () => {
    const shared = host('a', [
      plotFolder('/one', { held: 0, room: 25 }),
      plotFolder('/two', { disk: '/one', held: 0, room: 25 }),
    ]);
    expect(at([shared], 3)).to.deep.equal(['a/one', 'a/one']);
    expect(placed([shared], 1, { bytes: 26 }).leftOut).to.deep.equal([{ reason: 'plot_disk_full', disks: 1 }]);
  });

  it('is on disks of the class that is asked for, on hosts that take something', () => {
    const nvme = plotFolder('/fast', { diskClass: 'nvme', held: 90 });
    const hosts = [
      host('a', [plotFolder('/one', { held: 0 }), nvme]),
      host('cordoned', [nvme], { cordoned: true }),
      host('lost', [nvme], { state: 'lost' }),
      host('gone', [plotFolder('/fast', { status: 'missing', disk: '', diskClass: '' })]),
      host('silent', []),
    ];
    const { places, leftOut } = placed(hosts, 2, { diskClass: 'nvme' });
    expect(places.map(({ hostName, folder }) => [hostName, folder])).to.deep.equal([
      ['name-a', '/fast'],
      ['name-a', '/fast'],
    ]);
    expect(places[0]?.text).to.equal(
      'fewest bytes of plots of 1 disk with room: 90 GiB on this nvme, room for 100 GiB',
    );
    expect(leftOut).to.have.deep.members([
      { reason: 'plot_disk_class_other', disks: 1 },
      { reason: 'host_cordoned', disks: 1 },
      { reason: 'host_not_ready', disks: 1 },
      { reason: 'plot_folder_missing', disks: 1 },
    ]);
  });
});
