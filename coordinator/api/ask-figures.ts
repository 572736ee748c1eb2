import { create } from '@bufbuild/protobuf';
import { AskFiguresSchema } from '../../common/gen/headframe/v1/ask_figures_pb.js';
import type { AskFigures } from '../router/index.js';

/** How questions were answered, as the contract has it. */
export function figuresToWire({ perSecond, latency, ...counts }: AskFigures) {
  const { outstanding } = counts;
  return create(AskFiguresSchema, {
    ...{ requests: BigInt(counts.requests), answered: BigInt(counts.answered), rejected: BigInt(counts.rejected) },
    ...{ failed: BigInt(counts.failed), timedOut: BigInt(counts.timedOut), broken: BigInt(counts.broken) },
    ...{ unreached: BigInt(counts.unreached), left: BigInt(counts.left), outstanding, requestsPerSecond: perSecond },
    ...(latency === undefined ? {} : { latency }),
  });
}
