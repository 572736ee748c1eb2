import { basename, dirname, join } from 'node:path/posix';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { HostPlotsSchema, PlotDiskClass, PlotsOrderSchema } from '../../common/gen/headframe/v1/plot_pb.js';
import type { HostPlots } from '../../common/gen/headframe/v1/plot_pb.js';
import type { PlotService } from '../../common/gen/headframe/v1/plot_service_pb.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { PLOTS_CAPABILITY } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import { MOST_CACHE_LEVELS } from '../../common/model/plot-cache-levels.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { boundedText, reasonCode } from '../../common/wire/texts.js';
import type { ScansOnHost } from '../kinds/space/index.js';
import { findHost } from './find.js';
import { inOrder } from './in-order.js';
import { makePlots } from './make-plots.js';
import { readTunnel } from './instance-tunnel.js';
import { checkPageSize, readToken, writeToken } from './paging.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

/** What is asked of hosts with. */
type PlotParts = Pick<HandlerParts, 'fleet' | 'sessions' | 'heads'>;
type Order = NonNullable<MessageInitShape<typeof PlotsOrderSchema>['order']>;

/** Of one host's answer: 10,000 plots in each of some folders. */
const MOST_BYTES = 16 * 1024 * 1024;
/** As of other lists. */
const PAGE_BYTES = 3 * 1024 * 1024;
/** A host that does not answer for so long is passed over in a list. */
const ANSWER_MS = 30_000;
const HOSTS_AT_ONCE = 16;
const LIST = 'plots';

/** The service of plots: hosts answer for themselves, through tunnels. */
export function plotService(parts: PlotParts): ServiceImplementation<typeof PlotService> {
  const { fleet } = parts;
  return {
    listPlots: async ({ host, pageSize, pageToken }, { signal }) => {
      const size = checkPageSize(pageSize);
      const wanted = host === '' ? [...fleet.hosts()].filter(hasPlots) : [findHost(fleet, host)];
      const left = inOrder(wanted, keyOf, readToken(pageToken, LIST));
      const hosts = await listed(parts, left.slice(0, size), signal);
      const last = left[hosts.length - 1];
      const isLast = last === undefined || hosts.length === left.length;
      return { hosts, nextPageToken: isLast ? '' : writeToken(LIST, keyOf(last)) };
    },
    createPlot: async (request, { signal }) => {
      const { host, sizeBytes, folder, cacheLevels, minerKey } = request;
      if (cacheLevels > MOST_CACHE_LEVELS)
        throw invalidRequest({ path: 'cache_levels', value: String(cacheLevels), expected: 'from 0 to 20' });
      if (![0, 32, 33].includes(minerKey.length))
        throw invalidRequest({ path: 'miner_key', expected: '32 bytes, or the 33 of a compressed public key' });
      const makeOne = async (on: HostRecord, at: string): Promise<HostPlots> =>
        await answerOf(parts, on, { case: 'make', value: { sizeBytes, folder: at, cacheLevels, minerKey } }, signal);
      const isPlaced = host === '' || request.count > 1 || request.diskClass !== PlotDiskClass.UNSPECIFIED;
      if (!isPlaced) return firstOf(await makeOne(findHost(fleet, host), folder));
      const hosts = host === '' ? [...fleet.hosts()].filter(hasPlots) : [findHost(fleet, host)];
      return await makePlots(hosts, request, async (id, at) => (await makeOne(findHost(fleet, id), at)).jobs[0]);
    },
    checkPlot: async ({ host, id }, { signal }) =>
      firstOf(await answerOf(parts, findHost(fleet, host), { case: 'check', value: { plotId: id } }, signal)),
    retryPlotJob: async ({ host, id }, { signal }) =>
      firstOf(await answerOf(parts, findHost(fleet, host), { case: 'retry', value: { jobId: id } }, signal)),
    deletePlot: async ({ host, id, deleteFile }, { signal }) =>
      firstOf(await answerOf(parts, findHost(fleet, host), { case: 'drop', value: { id, deleteFile } }, signal)),
  };
}

function keyOf({ name, id }: HostRecord): string {
  return `${name} ${id}`;
}

function hasPlots({ capabilities = [] }: HostRecord): boolean {
  return capabilities.includes(PLOTS_CAPABILITY);
}

/** The plot or the job that an answer is about. */
function firstOf({ plots: [plot], jobs: [job] }: HostPlots): {
  plot?: HostPlots['plots'][0];
  job?: HostPlots['jobs'][0];
} {
  return { ...(plot && { plot }), ...(job && { job }) };
}

/** What hosts say, as far as it fits into a page; at least that of one. */
async function listed(parts: PlotParts, records: readonly HostRecord[], signal: AbortSignal): Promise<HostPlots[]> {
  const hosts: HostPlots[] = [];
  let bytes = 0;
  for (let at = 0; at < records.length; at += HOSTS_AT_ONCE) {
    const some = records.slice(at, at + HOSTS_AT_ONCE);
    const told = await Promise.all(some.map((record) => listOf(parts, record, signal)));
    for (const one of told) {
      bytes += toBinary(HostPlotsSchema, one).length;
      if (hosts.length > 0 && bytes > PAGE_BYTES) return hosts;
      hosts.push(one);
    }
  }
  return hosts;
}

/** What a host has of plots, or why it does not say so. */
async function listOf(parts: PlotParts, record: HostRecord, signal: AbortSignal): Promise<HostPlots> {
  try {
    const told = await answerOf(parts, record, { case: 'list', value: {} }, signal);
    return withScans(told, parts.heads.scansOn(record.id));
  } catch (error) {
    signal.throwIfAborted();
    const { reason, message } = toHeadframeError(error);
    return create(HostPlotsSchema, { hostId: record.id, hostName: record.name, reason, text: message });
  }
}

/** With what the last scans took, of which the host itself knows nothing. */
function withScans(told: HostPlots, { disks, plotMs }: ScansOnHost): HostPlots {
  for (const plot of told.plots) {
    const ms = namesOf(plot.path, told.folders)
      .map((name) => plotMs.get(name))
      .find((one) => one !== undefined);
    if (ms !== undefined) plot.scanMs = BigInt(Math.round(ms));
  }
  for (const [path, { tookMs, deadlineMs }] of disks) {
    // A scanner may name a disk by another of the folders on it.
    const on = told.folders.find((folder) => folder.path === path || folder.realPath === path)?.disk;
    for (const folder of told.folders.filter(({ disk }) => on !== undefined && on !== '' && disk === on)) {
      if (folder.scanMs !== undefined && Number(folder.scanMs) > tookMs) continue;
      folder.scanMs = BigInt(Math.round(tookMs));
      folder.scanDeadlineMs = BigInt(Math.round(deadlineMs));
    }
  }
  return told;
}

/** What a plot may be called by a scanner, to which links are folders like others. */
function namesOf(path: string, folders: HostPlots['folders']): readonly string[] {
  const [folder, name] = [dirname(path), basename(path)];
  const real = folders.find((one) => one.path === folder)?.realPath ?? '';
  const others = folders.filter(({ realPath }) => real !== '' && realPath === real).flatMap((one) => [one.path, real]);
  return [path, ...others.map((other) => join(other, name))];
}

/** Asks a host through a tunnel. Throws what the host refuses (failed_precondition), and unavailable where it does not answer. */
async function answerOf(
  { sessions }: PlotParts,
  record: HostRecord,
  order: Order,
  signal: AbortSignal,
): Promise<HostPlots> {
  if (!hasPlots(record)) throw disabled(record);
  const either = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const tunnel = await sessions.openTunnel(
    record.id,
    { case: 'plots', value: create(PlotsOrderSchema, { order }) },
    either,
  );
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const message of readTunnel(tunnel, either)) {
    if (message.case !== 'data') continue;
    bytes += message.value.data.length;
    if (bytes > MOST_BYTES) throw unreadable(record);
    pieces.push(message.value.data);
  }
  return checked(record, Buffer.concat(pieces));
}

/** An answer as far as it is taken: who gives it is known already, and texts are for people's terminals. */
function checked(record: HostRecord, bytes: Uint8Array): HostPlots {
  const told = parsed(bytes);
  if (told === undefined) throw unreadable(record);
  return create(HostPlotsSchema, {
    ...{ hostId: record.id, hostName: record.name },
    folders: told.folders.map((one) => ({
      ...one,
      ...why(one),
      path: boundedText(one.path),
      disk: boundedText(one.disk),
      realPath: boundedText(one.realPath),
    })),
    plots: told.plots.map((one) => ({
      ...{ ...one, ...why(one), id: boundedText(one.id, 64), path: boundedText(one.path) },
      ...{ cachePath: boundedText(one.cachePath), disk: boundedText(one.disk) },
    })),
    jobs: told.jobs.map((one) => ({ ...one, ...why(one), id: boundedText(one.id, 64), path: boundedText(one.path) })),
  });
}

function why({ reason, text }: { readonly reason: string; readonly text: string }): { reason: string; text: string } {
  return { reason: reason === '' ? '' : reasonCode(reason), text: boundedText(text) };
}

function parsed(bytes: Uint8Array): HostPlots | undefined {
  try {
    return fromBinary(HostPlotsSchema, bytes);
  } catch {
    // Of another version, or of somebody who means harm.
    return undefined;
  }
}

function disabled({ id, name }: HostRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'plots_disabled',
    message: `the host ${name} has no folders of plots`,
    remedy: "Name some as plots.folders in its agent's configuration and start the agent again.",
    metadata: { host: id },
  });
}

function unreadable({ id, name }: HostRecord): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'plots_answer_invalid',
    message: `the host ${name} answered with what is no list of plots`,
    remedy: 'Run the same version on both sides.',
    metadata: { host: id },
  });
}
