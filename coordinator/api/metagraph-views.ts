import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GetMetagraphResponseSchema, NeuronSchema } from '../../common/gen/headframe/v1/network_service_pb.js';
import { blockToWire } from '../../common/wire/client.js';
import type { Metagraph, Neuron } from '../chain/index.js';

/** Puts a subnet on the wire, without its token. */
export function metagraphToWire(
  { netuid, block, tempo, epochs, pool, neurons }: Metagraph,
  readAtMs: number,
): MessageInitShape<typeof GetMetagraphResponseSchema> {
  return {
    ...{ netuid, block: blockToWire(block), readAtMs: BigInt(readAtMs), neurons: neurons.map(neuronToWire) },
    ...known('tempo', tempo, BigInt),
    ...known('lastEpoch', epochs.last, BigInt),
    ...known('nextEpoch', epochs.next, BigInt),
    ...(pool.kind === 'unknown' ? {} : { pool: { kind: poolToWire(pool) } }),
  };
}

function poolToWire(pool: Exclude<Metagraph['pool'], { readonly kind: 'unknown' }>) {
  if (pool.kind === 'par') return { case: 'par', value: true } as const;
  return { case: 'reserves', value: { basePlanck: String(pool.base), tokenPlanck: String(pool.token) } } as const;
}

function neuronToWire(neuron: Neuron): MessageInitShape<typeof NeuronSchema> {
  const { uid, hotkey, coldkey, registeredAt, emission, stake, lastUpdate, endpoint } = neuron;
  const same = <T>(value: T): T => value;
  return {
    ...{ uid, hotkey, coldkey, ip: endpoint?.ip ?? '', port: endpoint?.port ?? 0 },
    ...known('registeredAt', registeredAt, BigInt),
    ...known('active', neuron.active, same),
    ...known('validatorPermit', neuron.validatorPermit, same),
    ...known('incentive', neuron.incentive, same),
    ...known('dividends', neuron.dividends, same),
    ...known('consensus', neuron.consensus, same),
    ...known('trust', neuron.trust, same),
    ...known('validatorTrust', neuron.validatorTrust, same),
    ...known('rank', neuron.rank, same),
    ...known('pruningScore', neuron.pruningScore, same),
    ...known('emissionPlanck', emission, String),
    ...known('stakePlanck', stake, String),
    ...known('lastUpdate', lastUpdate, BigInt),
  };
}

/** A field that is set where the chain has it. */
function known<K extends string, V, W>(name: K, value: V | undefined, toWire: (value: V) => W): Partial<Record<K, W>> {
  if (value === undefined) return {};
  return { [name]: toWire(value) } as Partial<Record<K, W>>; // of one field, by its own name
}
