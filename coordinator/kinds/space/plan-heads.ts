import { wantedReplicas } from '../../../common/model/miner.js';
import type { MinerRecord } from '../../../common/model/miner.js';
import type { SpaceSpec } from '../../../common/model/space-spec.js';
import type { FleetReader } from '../../fleet/port.js';

/** A miner that is to speak with its node. */
export interface WantedHead {
  readonly miner: string;
  readonly namespace: string;
  readonly space: SpaceSpec;
  /** What its process was started with; another one is needed when it differs. */
  readonly version: string;
}

/** Which miners speak with nodes, and which may not. */
export interface HeadPlan {
  readonly heads: readonly WantedHead[];
  readonly refused: readonly {
    readonly miner: string;
    readonly reason: 'space_key_in_use' | 'space_head_failed';
    readonly text: string;
  }[];
}

/** Every space miner that is to run has a head, but for those whose key an older one works by, or whose secret is gone. Pure. */
export function planHeads(fleet: Pick<FleetReader, 'miners' | 'secret'>): HeadPlan {
  const heads: WantedHead[] = [];
  const refused: HeadPlan['refused'][number][] = [];
  const holders = new Map<string, string>();
  for (const { spec, space } of running(fleet.miners())) {
    const { name: miner, namespace } = spec;
    const holder = holders.get(space.minerId);
    const secret = fleet.secret(namespace, space.key);
    if (holder !== undefined) {
      refused.push({ miner, reason: 'space_key_in_use', text: `miner ${holder} works by the key ${space.minerId}` });
    } else if (secret === undefined) {
      refused.push({ miner, reason: 'space_head_failed', text: `there is no secret ${space.key} in ${namespace}` });
    } else {
      holders.set(space.minerId, miner);
      heads.push({ miner, namespace, space, version: JSON.stringify([space, secret.valueId]) });
    }
  }
  return { heads, refused };
}

/** The oldest first, so that whoever works by a key goes on with it. */
function running(miners: Iterable<MinerRecord>): readonly (MinerRecord & { readonly space: SpaceSpec })[] {
  return [...miners]
    .flatMap((miner) => {
      const { space } = miner.spec;
      return space === undefined || wantedReplicas(miner) === 0 ? [] : [{ ...miner, space }];
    })
    .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.spec.name < b.spec.name ? -1 : 1));
}
