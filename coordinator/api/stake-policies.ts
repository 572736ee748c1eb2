import type { StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { findStakePolicy, removeStakePolicy, setStakePolicy } from '../chain/stake/index.js';
import { secretsNeedTls } from '../security/secrets/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';
import { policyPlan, policyStatus } from './stake-policy-views.js';
import { policyWish } from './stake-policy-wishes.js';

type Service = ServiceImplementation<typeof StakeService>;
type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'wallets' | 'stakePolicies'>;
type Policies = Pick<
  Service,
  'setStakePolicy' | 'listStakePolicies' | 'getStakePolicy' | 'removeStakePolicy' | 'planStakePolicy'
>;

/** Handlers of what is wanted of stakes. */
export function stakePolicyHandlers(parts: Parts): Policies {
  const { fleet } = parts;
  return {
    setStakePolicy: async ({ policy }) => {
      if (policy === undefined) throw invalidRequest({ path: 'policy', expected: 'a stake policy' });
      const spec = await policyWish(parts, policy);
      const { value, durable } = fleet.transact((tx) => setStakePolicy(tx, spec));
      await durable;
      return { status: policyStatus(parts, value) };
    },
    listStakePolicies: async () => {
      const { value } = await readDurably(fleet, (reader) =>
        inOrder(reader.stakePolicies(), ({ spec }) => spec.name).map((record) => policyStatus(parts, record)),
      );
      return { policies: value };
    },
    getStakePolicy: async ({ name }) => {
      const { value } = await readDurably(fleet, (reader) => policyStatus(parts, findStakePolicy(reader, name)));
      return { status: value };
    },
    removeStakePolicy: async ({ name }) => {
      await fleet.transact((tx) => {
        removeStakePolicy(tx, name);
      }).durable;
      return {};
    },
    planStakePolicy: async ({ name }) => {
      if (parts.stakePolicies === undefined) throw secretsNeedTls();
      const record = findStakePolicy(fleet, name);
      return { plan: policyPlan(parts, record, await parts.stakePolicies.plan(record)) };
    },
  };
}
