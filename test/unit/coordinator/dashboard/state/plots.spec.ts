import { expect } from 'chai';
import { fileName, plotsOf, scanOf } from '../../../../../coordinator/dashboard/page/state/plots.js';
import type { HostPlotsJson, JobJson } from '../../../../../coordinator/dashboard/page/state/plots.js';

const well = { reason: '', text: '' };

function host(hostId: string, parts: Partial<HostPlotsJson> = {}): HostPlotsJson {
  return { hostId, hostName: `name of ${hostId}`, ...well, folders: [], plots: [], jobs: [], ...parts };
}

function plot(path: string, sizeBytes: string) {
  return { ...{ id: 'p', path, sizeBytes }, ...well, status: 'PLOT_STATUS_VALID', cachePath: '' };
}

function job(state: string): JobJson {
  const bytes = { totalBytes: '100', doneBytes: '40', bytesPerS: '10' };
  return { id: 'j', kind: 'PLOT_JOB_KIND_MAKE', path: '/a/x.plot', state, ...bytes, ...well, createdAtMs: '1' };
}

describe('plots on the dashboard', () => {
  it('are those of all hosts, each with its host and a key of its own', () => {
    const { plots } = plotsOf(['a', 'b'].map((id) => host(id, { plots: [plot('/x.plot', '7')] })));
    expect(plots.map(({ hostName, key }) => [hostName, key])).to.deep.equal([
      ['name of a', 'a p'],
      ['name of b', 'b p'],
    ]);
  });

  it('count for the folder that they stand in, and for none below or beside it', () => {
    const kept = { status: 'PLOT_FOLDER_STATUS_WELL', ...well, freeBytes: '1', diskClass: 'PLOT_DISK_CLASS_HDD' };
    const folder = (path: string) => ({ path, ...kept });
    const paths = ['/d/one/a.plot', '/d/one/b.plot', '/d/one-more/c.plot', '/d/one/deep/d.plot'];
    const plots = paths.map((path) => plot(path, '100'));
    const { folders } = plotsOf([host('a', { folders: [folder('/d/one'), folder('/d/two')], plots })]);
    expect(folders.map(({ path, count, plotBytes }) => [path, count, plotBytes])).to.deep.equal([
      ['/d/one', 2, 200],
      ['/d/two', 0, 0],
    ]);
  });

  it('are looked at often while something is waiting or running, and hosts that are silent are told of', () => {
    const under = (state: string): boolean =>
      plotsOf([host('a', { jobs: [job(`PLOT_JOB_STATE_${state}`)] })]).isUnderWay;
    expect(['WAITING', 'RUNNING', 'DONE', 'FAILED', 'ENDED'].map(under)).to.deep.equal([
      true,
      true,
      false,
      false,
      false,
    ]);
    const silent = host('b', { reason: 'host_not_connected', text: 'it is away' });
    expect(plotsOf([host('a'), silent]).silent).to.deep.equal([silent]);
  });

  it('tell how long the last scan of their disk took of its deadline, and are loud where that is nearly or too much', () => {
    const tones = ['3199', '3200', '4000', '4001'].map((scanMs) => scanOf({ scanMs, scanDeadlineMs: '4000' }));
    expect(tones).to.deep.equal([
      { word: '3.2 of 4 s', tone: 'good' },
      { word: '3.2 of 4 s', tone: 'warn' },
      { word: '4 of 4 s', tone: 'warn' },
      { word: '4 of 4 s', tone: 'bad' },
    ]);
    expect([scanOf({}), scanOf({ scanMs: '1' })]).to.deep.equal([undefined, undefined]);
  });

  it('are told apart by the end of their paths', () => {
    expect([fileName('/mnt/disk/plot_1.plot'), fileName('plot')]).to.deep.equal(['plot_1.plot', 'plot']);
  });
});
