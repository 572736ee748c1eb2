import { z } from 'zod';
import type { AddNetworkRequest, NetworkService } from '../../common/gen/headframe/v1/network_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { nameField } from '../../common/model/manifest/texts.js';
import { BLOCK_HASH } from '../../common/model/network.js';
import type { NetworkRecord } from '../../common/model/network.js';
import { checkSchema, labelsField } from '../../common/model/schema/index.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { blockToWire, networkToWire } from '../../common/wire/client.js';
import { addNetwork, judgeEndpoints, readBalance, readMetagraph, readSubnets, removeNetwork } from '../chain/index.js';
import type { Subnet } from '../chain/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { tokenOf } from './intent-views.js';
import { metagraphToWire } from './metagraph-views.js';
import { networkView } from './network-views.js';
import type { HandlerParts } from './parts.js';
import { watchNetworks } from './watch-networks.js';

type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'metagraphs' | 'clock'>;

const saidSchema = z.object({
  name: nameField,
  genesisHash: z.union([z.literal(''), z.string().regex(BLOCK_HASH, '0x and 64 digits of 0-9 and a-f')]),
  labels: labelsField,
});

/** The service of the chains that miners work for. */
export function networkService({
  fleet,
  networks,
  metagraphs,
  clock,
}: Parts): ServiceImplementation<typeof NetworkService> {
  const view = (record: NetworkRecord) => networkToWire(networkView(record, networks));
  return {
    addNetwork: async (asked) => {
      const spec = checked(asked);
      const { value, durable } = fleet.transact((tx) => addNetwork(tx, spec));
      await durable;
      return { network: view(value) };
    },
    listNetworks: async () => {
      const { value } = await readDurably(fleet, (reader) => inOrder(reader.networks(), ({ name }) => name).map(view));
      return { networks: value };
    },
    watchNetworks: ({ network }, { signal }) => watchNetworks({ fleet, clock, networks }, network, signal),
    getNetwork: async ({ name }) => {
      const { value } = await readDurably(fleet, (reader) => {
        const { network } = networks.find(name);
        const record = reader.network(network);
        return record && view(record);
      });
      return value === undefined ? {} : { network: value };
    },
    removeNetwork: async ({ name }) => {
      await fleet.transact((tx) => {
        removeNetwork(tx, name);
      }).durable;
      return {};
    },
    listSubnets: async ({ network, netuid }) => {
      const chain = networks.find(network);
      const { subnets, block } = await readSubnets(chain, netuid);
      return { subnets: subnets.map(subnetToWire), block: blockToWire(block), ...tokenOf(networks, network) };
    },
    getMetagraph: async ({ network, netuid, fresh }) => {
      const chain = networks.find(network);
      const last = fresh ? undefined : metagraphs.last(network, netuid);
      const metagraph = last?.metagraph ?? (await readMetagraph(chain, netuid));
      return { ...metagraphToWire(metagraph, last?.atMs ?? clock.nowMs()), ...tokenOf(networks, network) };
    },
    getBalance: async ({ network, address }) => {
      const { free, reserved, frozen, block, ...account } = await readBalance(networks.find(network), address);
      return {
        ...account,
        ...{ freePlanck: String(free), reservedPlanck: String(reserved), frozenPlanck: String(frozen) },
        block: blockToWire(block),
        ...tokenOf(networks, network),
      };
    },
  };
}

function checked({ name, endpoints, genesisHash, labels }: AddNetworkRequest) {
  const said = checkSchema(saidSchema, { name, genesisHash, labels });
  const violations = [...('violations' in said ? said.violations : []), ...judgeEndpoints(endpoints)];
  if ('value' in said && violations.length === 0)
    return { ...said.value, endpoints, genesisHash: said.value.genesisHash || undefined };
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'network_invalid',
    message: `the network is not valid: ${violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ')}`,
    violations,
  });
}

function subnetToWire({ price, mostNeurons, registrationOpen, tempo, hyperParameters, ...subnet }: Subnet) {
  return {
    ...subnet,
    ...(price === undefined ? {} : { pricePlanck: String(price) }),
    ...(mostNeurons === undefined ? {} : { mostNeurons }),
    ...(registrationOpen === undefined ? {} : { registrationOpen }),
    ...(tempo === undefined ? {} : { tempo }),
    hyperParameters: hyperParameters.map(({ name, value }) => (value === undefined ? { name } : { name, value })),
  };
}
