import { toBinary } from '@bufbuild/protobuf';
import type { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { MinerSchema } from '../../common/gen/headframe/v1/miner_pb.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { minerToWire, revisionToWire } from '../../common/wire/client.js';
import type { RevisionView } from '../../common/wire/client.js';
import { readDurably } from './durably.js';
import { findMiner } from './find.js';
import { hasLabels } from '../../common/model/has-labels.js';
import { inOrder } from './in-order.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import type { FleetSight } from './scoped-fleet.js';
import type { Views } from './views.js';

/** The handlers that show miners. */
type MinerLists = Pick<ServiceImplementation<typeof FleetService>, 'getMiner' | 'getMinerHistory' | 'listMiners'>;

/** Makes the handlers. */
export function minerLists({ fleet, scopes }: Pick<HandlerParts, 'fleet' | 'scopes'>, views: Views): MinerLists {
  const toItem = (record: MinerRecord) => minerToWire(views.miner(record));
  const keyOf = ({ spec }: MinerRecord): string => spec.name;
  return {
    getMiner: async ({ name }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value } = await readDurably(fleet, () => toItem(findMiner(seen, name)));
      return { miner: value };
    },
    getMinerHistory: async ({ name }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value } = await readDurably(fleet, () => revisionsOf(seen, findMiner(seen, name)));
      return { revisions: value.map(revisionToWire) };
    },
    listMiners: async ({ labels, namespace, ...request }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const listed = (miner: MinerRecord): boolean =>
        (namespace === '' || miner.spec.namespace === namespace) && hasLabels(miner.spec.labels, labels);
      const { value, revision } = await readDurably(fleet, () =>
        takePage(request, {
          list: 'miners',
          after: (key) => inOrder(seen.miners(), keyOf, key).filter(listed),
          keyOf,
          toItem,
          bytesOf: (miner) => toBinary(MinerSchema, miner).length,
        }),
      );
      return { miners: [...value.items], nextPageToken: value.next, revision: BigInt(revision) };
    },
  };
}

/** Newest first. */
function revisionsOf(fleet: FleetSight, { spec, rollout }: MinerRecord): RevisionView[] {
  const { revisions } = fleet.historyOf(spec.name);
  return revisions
    .map(({ workloadId: _workloadId, ...rest }) => ({ ...rest, current: rest.revision === rollout.toRevision }))
    .reverse();
}
