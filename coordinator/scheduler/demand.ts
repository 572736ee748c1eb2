import type { Affinity, Constraint, MinerSpec, PortSpec, Strategy } from '../../common/model/miner.js';
import type { Resources } from '../../common/model/resources.js';
import type { Ability } from './ability.js';
import type { PortProtocol } from './port-space.js';
import { provenAsked } from './proven.js';
import type { Provable } from './proven.js';

/** A port an instance publishes; `hostPort` 0 takes a free one from the host's managed range. */
export interface PortDemand {
  readonly protocol: PortProtocol;
  readonly hostPort: number;
}

/** What one instance asks of a host, and how the instances of its miner are to be laid out. */
export interface Demand extends Resources {
  readonly miner: string;
  /** The namespace whose quota it counts for. */
  readonly namespace: string;
  readonly priority: number;
  /** In the order of the workload's ports. */
  readonly ports: readonly PortDemand[];
  /** Those with a number of their own. */
  readonly fixedPorts: readonly PortDemand[];
  /** How many are taken from the managed range. */
  readonly automaticPorts: Readonly<Record<PortProtocol, number>>;
  readonly constraints: readonly Constraint[];
  readonly affinities: readonly Affinity[];
  /** Folders in whose plots it is of use; none for all but space miners. */
  readonly plotFolders: readonly string[];
  readonly strategy: Strategy;
  /** Exclusive identity, or ''. */
  readonly identity: string;
  /** What it asks of the agent that is to hold it; '' for nothing that some lack. */
  readonly asks: Ability | '';
  /** Of these it takes no more than the host has proven. */
  readonly proven: readonly Provable[];
  /** Nothing but CPU, memory and disk as they are claimed limits how many copies fit on a host. */
  readonly plain: boolean;
  /** Equal for demands with the same constraints. */
  readonly constraintsKey: string;
  /** Equal for demands with the same affinities. */
  readonly affinitiesKey: string;
  /** Equal for demands that every host takes or refuses alike, whatever the host holds. */
  readonly shape: string;
}

/** What the instances themselves fix: the same for all of one workload. */
export interface InstanceNeeds {
  readonly miner: string;
  readonly resources: Resources;
  readonly ports: readonly PortSpec[];
  readonly identity: string;
  readonly asks: Ability | '';
}

/** What the miner's present spec says of placement; may change while instances run. */
export type PlacementPolicy = Pick<
  MinerSpec,
  'namespace' | 'priority' | 'constraints' | 'affinities' | 'strategy' | 'space'
>;

/** Joins what an instance needs with its miner's placement policy. */
export function demandOf(needs: InstanceNeeds, policy: PlacementPolicy): Demand {
  const { cpuMillis, memoryBytes, diskBytes, gpus } = needs.resources;
  const ports = needs.ports.map(({ protocol, hostPort }) => ({ protocol, hostPort }));
  const plotFolders = policy.space?.folders ?? [];
  const constraintsKey = `${needs.asks}${keyOf(policy.constraints)}${keyOf(plotFolders)}`;
  const cap = policy.strategy.perHostCap;
  const proven = provenAsked(policy.constraints);
  return {
    miner: needs.miner,
    namespace: policy.namespace,
    priority: policy.priority,
    cpuMillis,
    memoryBytes,
    diskBytes,
    gpus,
    ports,
    fixedPorts: ports.filter(({ hostPort }) => hostPort !== 0),
    automaticPorts: { tcp: countAutomatic(ports, 'tcp'), udp: countAutomatic(ports, 'udp') },
    constraints: policy.constraints,
    affinities: policy.affinities,
    plotFolders,
    strategy: policy.strategy,
    identity: needs.identity,
    asks: needs.asks,
    proven,
    plain: gpus === 0 && ports.length === 0 && cap === 0 && proven.length === 0,
    constraintsKey,
    affinitiesKey: keyOf(policy.affinities),
    // A cap counts instances of one miner, so capped miners share their shape with no other.
    shape: JSON.stringify([cpuMillis, memoryBytes, diskBytes, gpus, ports, constraintsKey, cap, cap && needs.miner]),
  };
}

function countAutomatic(ports: readonly PortDemand[], protocol: PortProtocol): number {
  return ports.filter((port) => port.hostPort === 0 && port.protocol === protocol).length;
}

function keyOf(list: readonly unknown[]): string {
  return list.length === 0 ? '' : JSON.stringify(list);
}
