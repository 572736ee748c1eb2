import { expect } from 'chai';
import type { SpaceSpec } from '../../../../common/model/space-spec.js';
import { explain, explainRun } from '../../../../coordinator/scheduler/explain.js';
import { leftOutBy } from '../../../../coordinator/scheduler/fit.js';
import { place } from '../../../../coordinator/scheduler/placement.js';
import { holdsOfPlots, isOfPlots } from '../../../../coordinator/scheduler/plot-affinity.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import { plotFolder } from '../../../support/space/plot-folder-samples.js';

const GIB = 2 ** 30;
const FOLDERS = ['/one', '/two', '/three'];
// Nothing else of it is looked at.
const space = { folders: FOLDERS } as unknown as SpaceSpec;
const scanner = placementDemand({ spec: { space, strategy: { kind: 'balance', spreadBy: '', perHostCap: 1 } } });

const host = (id: string, ...plotFolders: readonly ReturnType<typeof plotFolder>[]) =>
  placementHost(id, { patch: { plotFolders } });

describe('where space miners scan', () => {
  it('is where their plots are, on the most disks first, and where nobody knows of plots last', () => {
    const index = indexOf(
      // Without plots it would be the first, for it has the most room.
      placementHost('untold', { cpu: 640_000, memory: 655_360 }),
      host('one-disk', plotFolder('/one'), plotFolder('/two', { disk: '/one' })),
      host('two-disks', plotFolder('/one'), plotFolder('/two')),
      host('empty', plotFolder('/one', { held: 0 })),
      host('elsewhere', plotFolder('/four')),
      host('gone', plotFolder('/one', { status: 'missing' })),
    );
    const placed = (count: number): readonly string[] =>
      place(index, { demand: scanner, count }, Math.random).runs.map(({ host: handle }) => index.entry(handle).id);
    expect(placed(2)).to.deep.equal(['two-disks', 'one-disk']);
    expect(placed(5)).to.deep.equal(['untold']);
    for (const id of ['empty', 'elsewhere', 'gone'])
      expect(leftOutBy(index, scanner, index.handleOf(id) ?? -1), id).to.equal('host_without_plots');
    // Others go wherever they go.
    expect(leftOutBy(index, placementDemand(), index.handleOf('empty') ?? -1)).to.equal(undefined);
  });

  it('is known by every name that the agent of a host knows of a folder', () => {
    const [plots, real] = [plotFolder('/data'), '/data'];
    const named = { ...plotFolder('/one'), realPath: '/mnt/x' };
    const bound = [
      { ...plotFolder('/data'), realPath: real },
      { ...plotFolder('/one', { held: 0 }), realPath: real },
    ];
    const index = indexOf(
      host('by-link', { ...plots, realPath: '/one' }),
      host('by-both', ...bound),
      host('another', { ...plots, realPath: '/onerous' }),
      host('gone-there', { ...named, status: 'missing' }),
    );
    const left = ['by-link', 'by-both', 'another', 'gone-there'].map((id) =>
      leftOutBy(index, scanner, index.handleOf(id) ?? -1),
    );
    expect(left).to.deep.equal([undefined, undefined, 'host_without_plots', 'host_without_plots']);
  });

  it('is told, and why there is none', () => {
    const index = indexOf(host('empty', plotFolder('/one', { held: 0 })), host('gone', plotFolder('/nine')));
    expect(explain(index, scanner)).to.deep.equal({
      reason: 'host_without_plots',
      text: '0 of 2 hosts fit: 2 without a plot in the folders of the miner',
      filters: [{ reason: 'host_without_plots', hosts: 2 }],
    });
    const run = { host: 0, count: 1, hostPorts: [], gpuIds: [], share: 0.25, compared: 3 };
    const why = (plotFolders?: Parameters<typeof explainRun>[2]) => explainRun(scanner, run, plotFolders);
    expect(why([plotFolder('/one'), plotFolder('/three')])).to.match(/; its plots are on 2 disks there$/);
    expect(why()).to.match(/; its agent reports no folders of plots$/);
    expect(explainRun(placementDemand(), run, [plotFolder('/one')])).not.to.contain('plots');
  });

  it('changes as soon as a host has plots', () => {
    const index = indexOf(host('one', plotFolder('/one', { held: 0 })));
    expect(leftOutBy(index, scanner, 0)).to.equal('host_without_plots');
    index.upsertHost(host('one', plotFolder('/one')));
    expect(leftOutBy(index, scanner, 0)).to.equal(undefined);
  });
});

describe('constraints on plots', () => {
  const folders = [
    plotFolder('/one', { diskClass: 'nvme', room: 10, held: 5 }),
    plotFolder('/two', { disk: '/one', diskClass: 'nvme', room: 10, held: 1 }),
    plotFolder('/three', { diskClass: 'hdd', room: 30, held: 0 }),
    plotFolder('/four', { status: 'missing', diskClass: 'ssd', room: 0, held: 9 }),
  ];
  for (const [attribute, operator, values, isMet, isMetByNone] of [
    ['plots.class', 'in', ['nvme', 'ssd'], true, false],
    ['plots.class', 'in', ['ssd'], false, false],
    ['plots.class', 'notIn', ['hdd'], false, true],
    ['plots.class', 'exists', [], true, false],
    ['plots.class', 'notExists', [], false, true],
    ['plots.count', 'greater', ['3'], true, false],
    ['plots.count', 'greater', ['4'], false, false],
    ['plots.bytes', 'less', [String(7 * GIB)], true, false],
    ['plots.disks', 'in', ['1'], true, false],
    // Two folders on one disk share its room.
    ['plots.free', 'greater', [String(40 * GIB - 1)], true, false],
    ['plots.free', 'greater', [String(40 * GIB)], false, false],
  ] as const)
    it(`${attribute} ${operator} ${values.join()} ${isMet ? 'holds' : 'does not hold'}`, () => {
      const constraint = { attribute, operator, values };
      expect([holdsOfPlots(constraint, folders), holdsOfPlots(constraint, undefined)]).to.deep.equal([
        isMet,
        isMetByNone,
      ]);
    });

  it('are looked at host by host', () => {
    const index = indexOf(host('hdd', plotFolder('/one')), host('nvme', plotFolder('/one', { diskClass: 'nvme' })));
    const constraints = [{ attribute: 'plots.class', operator: 'in' as const, values: ['nvme'] }];
    expect(constraints.every(isOfPlots)).to.equal(true);
    const demand = placementDemand({ spec: { constraints } });
    const runs = place(index, { demand, count: 3 }, Math.random).runs;
    expect(runs.map(({ host: handle }) => index.entry(handle).id)).to.deep.equal(['nvme', 'nvme', 'nvme']);
  });
});
