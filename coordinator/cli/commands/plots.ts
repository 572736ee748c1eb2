import { create } from '@bufbuild/protobuf';
import { Option } from 'commander';
import type { Command } from 'commander';
import { PlotSchema } from '../../../common/gen/headframe/v1/plot_pb.js';
import type { HostPlots, Plot } from '../../../common/gen/headframe/v1/plot_pb.js';
import {
  CheckPlotResponseSchema,
  CreatePlotResponseSchema,
  DeletePlotResponseSchema,
  ListPlotsResponseSchema,
  RetryPlotJobResponseSchema,
} from '../../../common/gen/headframe/v1/plot_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { usualCacheLevels } from '../../../common/model/plot-cache-levels.js';
import { DISK_CLASSES } from '../../../common/model/plot-folder.js';
import type { DiskClass } from '../../../common/model/plot-folder.js';
import { formatBytes, parseBytes } from '../../../common/model/units.js';
import { diskClassToWire } from '../../../common/wire/plot-folder.js';
import { confirm } from '../confirm.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import type { Registrar, Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { jobView, placedView, plotsView, plotView } from '../views/plots.js';

interface HostOption {
  readonly host?: string;
}

interface CreateOptions extends HostOption {
  readonly count?: string;
  readonly diskClass?: DiskClass;
  readonly size: string;
  readonly folder?: string;
  readonly cache?: boolean;
  readonly cacheLevels?: string;
  readonly minerKey?: string;
}

interface DeleteOptions extends HostOption {
  readonly deleteFile?: boolean;
  readonly force?: boolean;
}

/** As the service has it. */
const SMALLEST_BYTES = 104_857_600;
const LEAF_BYTES = 32;
/** Hosts are asked one after the other, some at a time. */
const LIST_MS = 300_000;
const HOST = ['--host <host>', 'only on this host, by id or name'] as const;

/** `plots create|ls|show|check|retry|delete`. */
export const addPlots: Registrar = (program, run) => {
  const plots = program.command('plots').description('Make plots for space miners, and look after those there are.');
  addCreate(plots, run);
  plots
    .command('ls')
    .description('List plots, what is being made, and folders of plots, of all hosts.')
    .option(...HOST)
    .option('-v, --verbose', 'with root, seed, cache and all jobs')
    .action(run(list));
  plots
    .command('show')
    .description('Show all of a plot.')
    .argument('<plot>', 'id of the plot')
    .option(...HOST)
    .action(run(show));
  plots
    .command('check')
    .description('Have all of a plot read and compared with the root in its header; it goes on after the answer.')
    .argument('<plot>', 'id of the plot')
    .option(...HOST)
    .action(run(check));
  plots
    .command('retry')
    .description('Have a job that failed done again, from what was made.')
    .argument('<job>', 'id of the job')
    .option(...HOST)
    .action(run(retry));
  plots
    .command('delete')
    .description('Take a plot off the list, or end a job. Asks first. A file that is left is found again.')
    .argument('<plot>', 'id of the plot, or of a job')
    .option(...HOST)
    .option('--delete-file', 'also remove its files')
    .option('-f, --force', 'do not ask')
    .action(run(remove));
};

function addCreate(plots: Command, run: Runner): void {
  plots
    .command('create')
    .description('Have hosts make plots; it goes on after the answer, and over restarts of the agents.')
    .option('--host <host>', 'id or name of the host; by default the fleet lays plots over the disks of all')
    .addOption(new Option('-s, --size <size>', 'such as 10GiB; 100MiB at least').makeOptionMandatory())
    .option('--count <n>', 'how many, 1 to 1000, laid over the disks; by default 1')
    .addOption(new Option('--disk-class <class>', 'only on disks of this class').choices(DISK_CLASSES))
    .option('--folder <folder>', "one of the host's folders of plots; by default the one with the most room")
    .option(
      '--cache',
      'keep the top of the Merkle tree beside it: else each proof takes a pass over the plot, some 11 s a GiB',
    )
    .option('--cache-levels <n>', 'levels to keep, 1 to 20; by default so many that a proof reads 2MiB, 5 at least')
    .option(
      '--miner-key <hex>',
      'public key of the miner (33 bytes) or 32 bytes; by default random ones that nobody keeps',
    )
    .action(run(createOne));
}

async function createOne(call: Invocation, options: CreateOptions): Promise<void> {
  const bytes = parseBytes(options.size);
  if (bytes === undefined || bytes < SMALLEST_BYTES)
    throw usageError(
      'size_invalid',
      `--size ${options.size} is no size of 100MiB or more`,
      'Say for instance --size 10GiB.',
    );
  const minerKey = keyOf(options.minerKey);
  const cacheLevels = levelsOf(options, bytes);
  const { host = '', folder = '', diskClass = '' } = options;
  const where = { host, folder, count: countOf(options.count), diskClass: diskClassToWire(diskClass) };
  const request = { ...where, sizeBytes: BigInt(bytes), cacheLevels, minerKey };
  const { plots } = await call.connect();
  const response = await plots.createPlot(request, call.callOptions);
  const { job, placed } = response;
  await call.printer.message(CreatePlotResponseSchema, response, (viewing) => {
    if (placed.length > 0) return placedView(placed, viewing);
    return job === undefined ? [] : jobView(job);
  });
}

function countOf(text = '1'): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 1000) return count;
  throw usageError('count_invalid', `--count ${text} is no number from 1 to 1000`, 'Say for instance 8.');
}

function levelsOf({ cache = false, cacheLevels }: CreateOptions, bytes: number): number {
  if (cacheLevels === undefined) return cache ? usualCacheLevels(Math.floor(bytes / LEAF_BYTES)) : 0;
  if (/^(?:[1-9]|1\d|20)$/.test(cacheLevels)) return Number(cacheLevels);
  throw usageError(
    'cache_levels_invalid',
    `--cache-levels ${cacheLevels} is no number from 1 to 20`,
    'Say for instance 5.',
  );
}

function keyOf(text = ''): Uint8Array {
  if (/^(?:(?:[0-9a-f]{64})|(?:0[23][0-9a-f]{64}))?$/i.test(text)) return Buffer.from(text, 'hex');
  throw usageError(
    'miner_key_invalid',
    '--miner-key is not 64 hex digits, nor 66 that begin with 02 or 03',
    'See docs/plots.md.',
  );
}

async function list(
  call: Invocation,
  { host = '', verbose = false }: HostOption & { readonly verbose?: boolean },
): Promise<void> {
  const hosts = await listed(call, host);
  await call.printer.message(ListPlotsResponseSchema, create(ListPlotsResponseSchema, { hosts }), (viewing) =>
    plotsView(hosts, { ...viewing, wide: viewing.wide || verbose }),
  );
}

async function listed(call: Invocation, host: string): Promise<HostPlots[]> {
  const { plots } = await call.connect();
  const options = { ...call.callOptions, timeoutMs: LIST_MS };
  const pages = await allPages((pageToken) => plots.listPlots({ host, pageSize: PAGE_SIZE, pageToken }, options));
  return pages.flatMap(({ hosts }) => hosts);
}

async function show(call: Invocation, id: string, { host = '' }: HostOption): Promise<void> {
  const { plot, on } = await find(call, id, host);
  await call.printer.message(PlotSchema, plot ?? create(PlotSchema), (viewing) =>
    plot === undefined ? [] : plotView(plot, on, viewing),
  );
}

async function check(call: Invocation, id: string, { host = '' }: HostOption): Promise<void> {
  const { on } = await find(call, id, host);
  const { plots } = await call.connect();
  const response = await plots.checkPlot({ host: on.hostId, id }, call.callOptions);
  const { job } = response;
  await call.printer.message(CheckPlotResponseSchema, response, () => (job === undefined ? [] : jobView(job)));
}

async function retry(call: Invocation, id: string, { host = '' }: HostOption): Promise<void> {
  const { on } = await find(call, id, host, true);
  const { plots } = await call.connect();
  const response = await plots.retryPlotJob({ host: on.hostId, id }, call.callOptions);
  const { job } = response;
  await call.printer.message(RetryPlotJobResponseSchema, response, () => (job === undefined ? [] : jobView(job)));
}

async function remove(
  call: Invocation,
  id: string,
  { host = '', deleteFile = false, force }: DeleteOptions,
): Promise<void> {
  const { plot, on } = await find(call, id, host, true);
  const what = plot === undefined ? `job ${id}` : `plot ${plot.path} (${formatBytes(Number(plot.sizeBytes))})`;
  const files = deleteFile ? ' and remove its files' : '';
  await confirm(
    call.world,
    `${plot === undefined ? 'End' : 'Take off the list'} ${what} on ${on.hostName}${files}`,
    force,
  );
  const { plots } = await call.connect();
  const response = await plots.deletePlot({ host: on.hostId, id, deleteFile }, call.callOptions);
  await call.printer.message(DeletePlotResponseSchema, response, () => [
    {
      kind: 'text',
      text: `${plot === undefined ? `job ${id} ended` : `${plot.path} is off the list`}${deleteFile ? ', its files removed' : ''}`,
    },
  ]);
}

/** The plot of an id and its host; with `orJob` the plot may be undefined, where the id is that of a job. */
async function find(
  call: Invocation,
  id: string,
  host: string,
  orJob = false,
): Promise<{ plot?: Plot | undefined; on: HostPlots }> {
  const hosts = await listed(call, host);
  for (const on of hosts) {
    const plot = on.plots.find((one) => one.id === id);
    if (plot !== undefined || (orJob && on.jobs.some((job) => job.id === id))) return { plot, on };
  }
  const silent = hosts.filter(({ reason }) => reason !== '');
  const names = silent.map(({ hostName, reason }) => `${hostName} (${reason})`).join(', ');
  throw new HeadframeError({
    code: 'not_found',
    reason: 'plot_not_found',
    message: `no host that answered has the plot ${id}${silent.length === 0 ? '' : `; of these nothing is known now: ${names}`}`,
    remedy: 'headframe plots ls shows all.',
  });
}
