import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { OutputStream, TunnelRequestSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelOrder, TunnelRequest } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { HostPlotsSchema, PlotDiskClass } from '../../../../common/gen/headframe/v1/plot_pb.js';
import type { MakePlotOrder } from '../../../../common/gen/headframe/v1/plot_pb.js';
import type {
  CreatePlotResponseSchema,
  DeletePlotResponseSchema,
  ListPlotsResponseSchema,
} from '../../../../common/gen/headframe/v1/plot_service_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { plotService } from '../../../../coordinator/api/plot-service.js';
import type { FleetPort } from '../../../../coordinator/fleet/port.js';
import type { Tunnel } from '../../../../coordinator/sessions/index.js';
import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import type { ScansOnHost } from '../../../../coordinator/kinds/space/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { plotFolder } from '../../../support/space/plot-folder-samples.js';

const GIB = 2n ** 30n;

type Purpose = TunnelOrder['purpose'];
type Listed = MessageInitShape<typeof ListPlotsResponseSchema>;

/** A fleet of hosts that answer with these bytes, or not at all. */
function makeScene(
  answers: Readonly<Record<string, readonly Uint8Array[] | HeadframeError>>,
  folders: Readonly<Record<string, readonly ReportedPlotFolder[]>> = {},
) {
  const standing = { state: 'ready', cordoned: false, draining: false };
  const hosts = Object.keys(answers).map((id) => ({
    ...{ id, name: `name-${id}`, capabilities: ['plots'], ...standing, plotFolders: folders[id] ?? [] },
  }));
  const without = { id: 'none', name: 'none', capabilities: [] };
  const all = [...hosts, without];
  // No more of either is looked at.
  const fleet = { host: (id: string) => all.find((one) => one.id === id), hosts: () => all } as unknown as FleetPort;
  const asked: [string, Purpose][] = [];
  const sessions = {
    openTunnel: (hostId: string, purpose: Purpose): Promise<Tunnel> => {
      asked.push([hostId, purpose]);
      const answer = answers[hostId] ?? [];
      if (answer instanceof HeadframeError) return Promise.reject(answer);
      const outgoing = { write: () => Promise.resolve(), end: () => undefined, closed: false };
      return Promise.resolve({ incoming: messages(answer), outgoing, close: () => undefined });
    },
  };
  const heads = { scansOn: (hostId: string) => scansOf(hostId) };
  const service = plotService({ fleet, sessions, heads });
  // Handlers look at nothing else of a call.
  const context = { signal: new AbortController().signal } as Parameters<typeof service.listPlots>[1];
  // Handlers answer with messages, which may be encoded already elsewhere.
  const list = async (request: { host?: string; pageSize?: number; pageToken?: string }): Promise<Listed> =>
    (await service.listPlots(
      { $typeName: 'headframe.v1.ListPlotsRequest', host: '', pageSize: 0, pageToken: '', ...request },
      context,
    )) as Listed;
  return { service, context, list, asked };
}

/** What is known of scans: of two hosts alone. */
function scansOf(hostId: string): ScansOnHost {
  if (hostId === 'linked') {
    const link = { disk: '/link', plots: 1, tookMs: 8000, end: 'whole', deadlineMs: 9000 } as const;
    return { disks: new Map([['/link', link]]), plotMs: new Map([['/link/p.plot', 7000]]) };
  }
  const disk = { disk: '/a', plots: 1, tookMs: 5000.4, end: 'whole', deadlineMs: 9000 } as const;
  const isKnown = hostId === 'a';
  return { disks: new Map(isKnown ? [['/a', disk]] : []), plotMs: new Map(isKnown ? [['/a.plot', 4000.2]] : []) };
}

async function* messages(pieces: readonly Uint8Array[]): AsyncGenerator<TunnelRequest> {
  for (const data of pieces) {
    const value = { $typeName: 'headframe.v1.StreamData' as const, stream: OutputStream.STDOUT, data };
    yield await Promise.resolve(create(TunnelRequestSchema, { message: { case: 'data', value } }));
  }
  yield create(TunnelRequestSchema, { message: { case: 'exit', value: { code: 0 } } });
}

const plots = (...paths: readonly string[]): Uint8Array =>
  toBinary(
    HostPlotsSchema,
    create(HostPlotsSchema, { hostId: 'liar', plots: paths.map((path) => ({ id: 'p', path })) }),
  );

const gone = new HeadframeError({ code: 'unavailable', reason: 'host_not_connected', message: 'gone' });

describe('the service of plots', () => {
  it('lists what hosts say, each by the name that the fleet has for it, and why others do not', async () => {
    const bytes = plots('/a.plot', '/b.plot');
    const { list, asked } = makeScene({ a: [bytes.subarray(0, 9), bytes.subarray(9)], b: gone });
    const { hosts, nextPageToken } = await list({});
    expect(
      hosts?.map(({ hostId, hostName, reason, plots: told }) => [hostId, hostName, reason, told?.length]),
    ).to.deep.equal([
      ['a', 'name-a', '', 2],
      ['b', 'name-b', 'host_not_connected', 0],
    ]);
    expect([nextPageToken, asked.map(([id]) => id)]).to.deep.equal(['', ['a', 'b']]);
  });

  it('tells what scans took by another name of a folder, too', async () => {
    const said = create(HostPlotsSchema, {
      plots: [{ id: 'p', path: '/real/p.plot' }],
      folders: [
        { path: '/real', disk: '/real', realPath: '/real' },
        { path: '/link', disk: '/real', realPath: '/real' },
      ],
    });
    const { list } = makeScene({ linked: [toBinary(HostPlotsSchema, said)] });
    const [{ plots: told, folders } = {}] = (await list({})).hosts ?? [];
    expect([told?.[0]?.scanMs, folders?.map(({ scanMs }) => scanMs)]).to.deep.equal([7000n, [8000n, 8000n]]);
  });

  it('tells what scans took of the plots and disks of a host, where that is known', async () => {
    const said = create(HostPlotsSchema, {
      plots: ['/a.plot', '/b.plot'].map((path) => ({ id: path, path })),
      folders: [{ path: '/', disk: '/' }, { path: '/a', disk: '/' }, { path: '/c' }],
    });
    const { list } = makeScene({ a: [toBinary(HostPlotsSchema, said)], b: [toBinary(HostPlotsSchema, said)] });
    const [a, b] = (await list({})).hosts ?? [];
    expect(a?.plots?.map(({ scanMs }) => scanMs)).to.deep.equal([4000n, undefined]);
    expect(a?.folders?.map(({ scanMs, scanDeadlineMs }) => [scanMs, scanDeadlineMs])).to.deep.equal([
      [5000n, 9000n],
      [5000n, 9000n],
      [undefined, undefined],
    ]);
    expect(b?.plots?.map(({ scanMs }) => scanMs)).to.deep.equal([undefined, undefined]);
  });

  it('gives pages of hosts, and of no more than fits, and asks no others', async () => {
    const large = plots('/x'.repeat(100), ...Array.from({ length: 9_000 }, () => `/${'x'.repeat(400)}`));
    const { list, asked } = makeScene({ a: [plots('/a')], b: [large], c: [plots('/c')] });
    const first = await list({ pageSize: 1 });
    expect(asked.map(([id]) => id)).to.deep.equal(['a']);
    const second = await list({ pageToken: first.nextPageToken ?? '' });
    expect(second.hosts?.map(({ hostId }) => hostId)).to.deep.equal(['b']);
    const third = await list({ pageToken: second.nextPageToken ?? '' });
    expect([third.hosts?.map(({ hostId }) => hostId), third.nextPageToken]).to.deep.equal([['c'], '']);
  });

  it('takes no answer that is none, is too long, or would play with a terminal', async () => {
    const bell = plots('/a\u001b[2Jb.plot');
    const endless = Array.from({ length: 17 }, () => Buffer.alloc(1024 * 1024));
    const { list } = makeScene({ a: [Buffer.alloc(9, 255)], b: endless, c: [bell] });
    const { hosts = [] } = await list({});
    expect(hosts.map(({ reason }) => reason)).to.deep.equal(['plots_answer_invalid', 'plots_answer_invalid', '']);
    expect(hosts[2]?.plots?.[0]?.path).to.equal('/a [2Jb.plot');
  });

  it('lays plots over the disks of hosts where none is named, and says where, or for how many there is no room', async () => {
    const job = toBinary(HostPlotsSchema, create(HostPlotsSchema, { jobs: [{ id: 'j', path: '/p' }] }));
    const folders = { a: [plotFolder('/one', { held: 0 }), plotFolder('/two')], b: [plotFolder('/one', { held: 0 })] };
    const { service, context, asked } = makeScene({ a: [job], b: [job] }, folders);
    const wish = { $typeName: 'headframe.v1.CreatePlotRequest', host: '', sizeBytes: 30n * GIB, folder: '' } as const;
    const rest = { cacheLevels: 0, minerKey: Buffer.alloc(0), diskClass: PlotDiskClass.UNSPECIFIED };
    const make = async (more: { host?: string; count?: number; folder?: string; diskClass?: PlotDiskClass }) =>
      (await service.createPlot({ ...wish, ...rest, count: 1, ...more }, context)) as MessageInitShape<
        typeof CreatePlotResponseSchema
      >;
    const { placed, job: first } = await make({ count: 3 });
    expect(placed?.map(({ hostName, job: one }) => [hostName, one?.id])).to.deep.equal([
      ['name-b', 'j'],
      ['name-a', 'j'],
      ['name-a', 'j'],
    ]);
    expect(first?.id).to.equal('j');
    const orders = asked.map(([id, purpose]) => [id, purpose.case === 'plots' ? purpose.value.order.value : undefined]);
    expect(orders.map(([id, order]) => [id, (order as MakePlotOrder).folder])).to.deep.equal([
      ['b', '/one'],
      ['a', '/one'],
      ['a', '/two'],
    ]);
    expect((await make({ host: 'b', count: 2 })).placed?.map(({ hostId }) => hostId)).to.deep.equal(['b', 'b']);
    const before = asked.length;
    await expectReason(make({ count: 10 }), 'plot_disk_full');
    await expectReason(make({ diskClass: PlotDiskClass.NVME }), 'plot_disk_full');
    await expectReason(make({ count: 1001 }), 'request_invalid');
    await expectReason(make({ folder: '/one' }), 'request_invalid');
    expect(asked.length).to.equal(before);
  });

  it('hands on what is wanted, and refuses what cannot be meant and hosts without folders', async () => {
    const { service, context, asked } = makeScene({ a: [plots('/a')] });
    const wish = {
      $typeName: 'headframe.v1.CreatePlotRequest',
      host: 'a',
      sizeBytes: 7n,
      folder: '/d',
      cacheLevels: 5,
      ...{ count: 0, diskClass: PlotDiskClass.UNSPECIFIED },
    } as const;
    await service.createPlot({ ...wish, minerKey: Buffer.alloc(33) }, context);
    expect(asked[0]?.[1]).to.deep.include({ case: 'plots' });
    expect(asked[0]?.[1].case === 'plots' && asked[0][1].value.order.value).to.include({ sizeBytes: 7n, folder: '/d' });
    for (const [more, reason] of [
      [{ cacheLevels: 21 }, 'request_invalid'],
      [{ minerKey: Buffer.alloc(31) }, 'request_invalid'],
      [{ host: 'none' }, 'plots_disabled'],
      [{ host: 'nobody' }, 'host_not_found'],
    ] as const)
      await expectReason(
        Promise.resolve().then(() => service.createPlot({ ...wish, minerKey: Buffer.alloc(0), ...more }, context)),
        reason,
      );
    const answer = (await service.deletePlot(
      { $typeName: 'headframe.v1.DeletePlotRequest', host: 'a', id: 'p', deleteFile: true },
      context,
    )) as MessageInitShape<typeof DeletePlotResponseSchema>;
    expect(answer.plot?.path).to.equal('/a');
  });
});
