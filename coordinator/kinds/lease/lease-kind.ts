import { containerKind } from '../container/index.js';
import type { MinerKind } from '../miner-kind.js';

/** Leases: one instance of a container that the lease's owner may log in to, on a host that keeps leases. */
export const leaseKind: MinerKind = {
  kind: 'lease',
  resolve: (spec, identity) => {
    const { lease } = spec;
    return { ...containerKind.resolve(spec, identity), ...(lease === undefined ? {} : { lease }) };
  },
};
