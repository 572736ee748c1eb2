import { create } from '@bufbuild/protobuf';
import { CreatePlotResponseSchema } from '../../common/gen/headframe/v1/plot_service_pb.js';
import type { CreatePlotRequest, CreatePlotResponse } from '../../common/gen/headframe/v1/plot_service_pb.js';
import type { PlotJob } from '../../common/gen/headframe/v1/plot_pb.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { diskClassFromWire } from '../../common/wire/plot-folder.js';
import { placePlots } from '../kinds/space/index.js';
import type { PlotHost, PlotPlace, PlotPlacement } from '../kinds/space/index.js';
import { invalidRequest } from './refuse.js';

/** Plots that one request may ask for. */
const MOST_PLOTS = 1000;
/** Beside the leaves: header, record and the largest cache. */
const BESIDE_BYTES = 66 * 1024 * 1024;
const SMALLEST_BYTES = 104_857_600;

/** Has one host make a plot in a folder of its own. */
export type MakeOne = (host: string, folder: string) => Promise<PlotJob | undefined>;

/** Has plots made where they go best on these hosts. Throws what a host refuses, and failed_precondition ('plot_disk_full') where not all fit. */
export async function makePlots(
  hosts: readonly PlotHost[],
  request: CreatePlotRequest,
  makeOne: MakeOne,
): Promise<CreatePlotResponse> {
  const { folder, sizeBytes, count: asked } = request;
  const count = Math.max(1, asked);
  if (count > MOST_PLOTS) throw invalidRequest({ path: 'count', value: String(count), expected: 'from 1 to 1000' });
  if (folder !== '') throw invalidRequest({ path: 'folder', expected: 'empty where the fleet chooses the disks' });
  const bytes = numberFromWire(sizeBytes, 'size_bytes');
  if (bytes < SMALLEST_BYTES)
    throw invalidRequest({ path: 'size_bytes', value: String(bytes), expected: '104857600 or more' });
  const diskClass = diskClassFromWire(request.diskClass);
  const found = placePlots(hosts, { count, bytes: bytes + BESIDE_BYTES, diskClass });
  if (found.places.length < count) throw noRoom(count, found);
  const placed: CreatePlotResponse['placed'] = [];
  for (const place of found.places) {
    const job = await madeAt(place, placed.length, makeOne);
    const { hostId, hostName, text } = place;
    placed.push({ $typeName: 'headframe.v1.PlacedPlot', hostId, hostName, text, ...(job && { job }) });
  }
  const job = placed[0]?.job;
  return create(CreatePlotResponseSchema, { placed, ...(job && { job }) });
}

async function madeAt(place: PlotPlace, before: number, makeOne: MakeOne): Promise<PlotJob | undefined> {
  try {
    return await makeOne(place.hostId, place.folder);
  } catch (error) {
    const { code, reason, message, remedy } = toHeadframeError(error);
    throw new HeadframeError({
      ...{ code, reason },
      message: `${place.hostName}: ${message}; ${String(before)} plots are being made already`,
      ...(remedy !== undefined && { remedy }),
      cause: error,
    });
  }
}

function noRoom(count: number, { places, leftOut }: PlotPlacement): HeadframeError {
  const clauses = leftOut.map(({ reason, disks }) => `${String(disks)} left out by ${reason}`);
  const why = clauses.length === 0 ? 'no host reports a folder of plots' : clauses.join(', ');
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'plot_disk_full',
    message: `the disks of the fleet have room for ${String(places.length)} of ${String(count)} plots: ${why}`,
    remedy: 'Ask for fewer or smaller ones, or add disks: headframe plots ls shows what room there is.',
  });
}
