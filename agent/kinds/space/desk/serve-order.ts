import { create, toBinary } from '@bufbuild/protobuf';
import {
  HostPlotsSchema,
  PlotJobKind,
  PlotJobSchema,
  PlotJobState,
  PlotSchema,
  PlotStatus,
} from '../../../../common/gen/headframe/v1/plot_pb.js';
import type { HostPlots, MakePlotOrder, PlotFolder, PlotsOrder } from '../../../../common/gen/headframe/v1/plot_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { numberFromWire, numberToWire } from '../../../../common/wire/numbers.js';
import { plotFolderToWire } from '../../../../common/wire/plot-folder.js';
import type { FolderView, PlotAsk, PlotJob, PlotsAnswer, PlotView } from './plot-word.js';

const STATUS = { valid: PlotStatus.VALID, damaged: PlotStatus.DAMAGED, missing: PlotStatus.MISSING } as const;
const KIND = { make: PlotJobKind.MAKE, check: PlotJobKind.CHECK } as const;
const STATE = {
  waiting: PlotJobState.WAITING,
  running: PlotJobState.RUNNING,
  done: PlotJobState.DONE,
  failed: PlotJobState.FAILED,
  ended: PlotJobState.ENDED,
} as const;

/** Has an order of the coordinator answered, and gives the bytes of its answer. Throws what is refused. */
export async function serveOrder(
  { order }: PlotsOrder,
  ask: ((ask: PlotAsk) => Promise<PlotsAnswer>) | undefined,
): Promise<Uint8Array> {
  if (ask === undefined) throw disabled();
  return toBinary(HostPlotsSchema, toWire(await ask(askOf(order))));
}

function askOf(order: PlotsOrder['order']): PlotAsk {
  switch (order.case) {
    case 'list':
      return { kind: 'list' };
    case 'make':
      return makeOf(order.value);
    case 'check':
      return { kind: 'check', plotId: order.value.plotId };
    case 'retry':
      return { kind: 'retry', jobId: order.value.jobId };
    case 'drop':
      return { kind: 'drop', id: order.value.id, deleteFile: order.value.deleteFile };
    case undefined:
      throw invalid('the order is of a kind that this agent does not know');
  }
}

/** Of a compressed public key the leaves take the coordinate. */
function makeOf({ sizeBytes, folder, cacheLevels, minerKey }: MakePlotOrder): PlotAsk {
  if (![0, 32, 33].includes(minerKey.length)) throw invalid('a miner key has 32 bytes, or 33 as a public key');
  if (cacheLevels > 20) throw invalid('a cache has 20 levels at most');
  const key = Buffer.from(minerKey.length === 33 ? minerKey.subarray(1) : minerKey).toString('hex');
  return { kind: 'make', sizeBytes: numberFromWire(sizeBytes, 'size_bytes'), folder, cacheLevels, minerKey: key };
}

function toWire({ folders, plots, jobs }: PlotsAnswer): HostPlots {
  return create(HostPlotsSchema, {
    folders: folders.map(folderToWire),
    plots: plots.map(plotToWire),
    jobs: jobs.map(jobToWire),
  });
}

function folderToWire({ reason, text, freeBytes, ...folder }: FolderView): PlotFolder {
  return Object.assign(plotFolderToWire(folder), { reason, text, freeBytes: numberToWire(freeBytes, 'free_bytes') });
}

function plotToWire({ status, sizeBytes, leafCount, createdAtMs, merkleRoot, plotSeed, ...plot }: PlotView) {
  return create(PlotSchema, {
    ...plot,
    status: STATUS[status],
    ...{ sizeBytes: BigInt(sizeBytes), leafCount: BigInt(leafCount), createdAtMs: BigInt(Math.trunc(createdAtMs)) },
    ...{ merkleRoot: Buffer.from(merkleRoot, 'hex'), plotSeed: Buffer.from(plotSeed, 'hex') },
  });
}

function jobToWire({ id, path, reason, text, ...job }: PlotJob) {
  return create(PlotJobSchema, {
    ...{ id, path, reason, text, kind: KIND[job.kind], state: STATE[job.state] },
    ...{ doneBytes: BigInt(job.doneBytes), totalBytes: BigInt(job.totalBytes) },
    bytesPerS: BigInt(Math.round(job.bytesPerS)),
    ...(job.leftS === undefined ? {} : { leftS: BigInt(Math.ceil(job.leftS)) }),
    ...{ createdAtMs: BigInt(job.createdAtMs), endedAtMs: BigInt(job.endedAtMs) },
  });
}

function invalid(message: string): HeadframeError {
  return new HeadframeError({ code: 'invalid_argument', reason: 'request_invalid', message });
}

function disabled(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'plots_disabled',
    message: 'this host has no folders of plots',
    remedy: "Name some as plots.folders in the agent's configuration and start the agent again.",
  });
}
