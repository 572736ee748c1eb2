import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { LeaseSpec } from '../../../common/model/lease-spec.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { HostRules, LeaseGrounds } from '../../kinds/lease/index.js';
import {
  freeSubnet,
  leaseBridge,
  leaseNames,
  leaseNetwork,
  parseIpv4Range,
  printIpv4Range,
  routedRanges,
} from '../../kinds/lease/index.js';
import { Lane } from '../lane.js';
import { runtimeError } from '../runtime-error.js';
import type { LeaseObjects } from './lease-objects.js';

/** How networks of leases are made on this host, by its configuration. */
export interface LeaseNetworkRules {
  /** Private range that networks are taken from. */
  readonly subnets: string;
  readonly dns: readonly string[];
  readonly allow: readonly string[];
  /** Bytes per second each way of a lease that asks for no rate. */
  readonly bandwidth: number;
}

/** What networks and rules are kept with. */
export interface LeaseWallsParts {
  readonly hostId: string;
  readonly rules: LeaseNetworkRules;
  readonly objects: LeaseObjects;
  readonly grounds: LeaseGrounds;
  readonly hostRules: HostRules;
}

/** Where a lease's network is to be. */
interface LeasePlace {
  readonly assignment: Assignment;
  readonly lease: LeaseSpec;
  readonly subnet: string;
  /** The engine has it already. */
  readonly isThere: boolean;
}

/** Another agent of the machine may take the same range at the same time. */
const SUBNET_ATTEMPTS = 8;

/** The networks of a host's leases and the rules around them. */
export class LeaseWalls {
  readonly #parts: LeaseWallsParts;
  /** One at a time: they choose among what is free. */
  readonly #choosing = new Lane(1);
  /** Leases whose walls were raised for the start that comes next. */
  readonly #raised = new Set<number>();

  constructor(parts: LeaseWallsParts) {
    this.#parts = parts;
  }

  /** Finds a lease its place, which is on disk once this resolves: its network, or a range that nobody has. */
  place(assignment: Assignment, lease: LeaseSpec, signal: AbortSignal): Promise<LeasePlace> {
    return this.#choosing.run(signal, async () => {
      const { objects, hostId } = this.#parts;
      const networks = await objects.networks(signal);
      const name = leaseNetwork(hostId, assignment.serial);
      const present = networks.find((network) => network.hostId === hostId && network.name === name);
      const subnet = present?.subnets[0] ?? this.#freeSubnet(networks.flatMap(({ subnets }) => subnets));
      await this.#keepGround(assignment, lease, subnet);
      return { assignment, lease, subnet, isThere: present !== undefined };
    });
  }

  /** Makes the network of a lease where it is not there, with all rules around it. */
  async raise(place: LeasePlace, signal: AbortSignal): Promise<void> {
    const { serial } = place.assignment;
    this.#raised.delete(serial);
    if (place.isThere) await this.apply();
    else {
      // The engine needs its time for a network; what may pass on it is told to the kernel meanwhile.
      await bothOf(this.#make(place, signal), this.apply());
      // Only a bridge that is there has a queue.
      const ground = this.#parts.grounds.of(serial);
      if (ground !== undefined) await this.#parts.hostRules.setQueue(ground);
    }
    this.#raised.add(serial);
  }

  /** Sees that all rules hold before a container starts, unless they were raised for this very start. */
  async beforeStart(serial: number): Promise<void> {
    if (!this.#raised.delete(serial)) await this.apply();
  }

  async remove(serial: number, signal: AbortSignal): Promise<void> {
    this.#raised.delete(serial);
    const { objects, hostId } = this.#parts;
    await objects.removeNetwork(leaseNetwork(hostId, serial), signal);
  }

  /** Brings firewall and queues to what the known leases want. */
  apply(): Promise<void> {
    const { grounds, hostId, hostRules, rules } = this.#parts;
    const traffic = { dns: this.resolvers(), allowed: rules.allow };
    return hostRules.keep({ names: leaseNames(hostId), leases: grounds.all(), rules: traffic });
  }

  /** Those of the configuration, else the host's own; one on a loopback address is reached by the engine alone, which asks it itself. */
  resolvers(): readonly string[] {
    if (this.#parts.rules.dns.length > 0) return this.#parts.rules.dns;
    const own = [...readResolvers().matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(
      ([, address = '']) => address,
    );
    return own.some((address) => address.startsWith('127.')) ? [] : own.slice(0, 3);
  }

  async #make({ assignment, lease, subnet: first }: LeasePlace, signal: AbortSignal): Promise<void> {
    const { objects, hostId } = this.#parts;
    const { serial } = assignment;
    const [name, bridge] = [leaseNetwork(hostId, serial), leaseBridge(hostId, serial)];
    const refused: string[] = [];
    for (let subnet = first; refused.length < SUBNET_ATTEMPTS;) {
      const wish = { name, bridge, subnet, hostId, serial, lease: lease.lease };
      if (await objects.createNetwork(wish, signal)) return;
      refused.push(subnet);
      subnet = await this.#choosing.run(signal, async () => {
        const networks = await objects.networks(signal);
        const other = this.#freeSubnet([...refused, ...networks.flatMap(({ subnets }) => subnets)]);
        await this.#keepGround(assignment, lease, other);
        return other;
      });
      // Those that hold by now are of the former range.
      await this.apply();
    }
    throw runtimeError('lease_network_failed', `the engine says of ${refused.join(', ')} that they are taken`);
  }

  async #keepGround({ serial, workload }: Assignment, lease: LeaseSpec, subnet: string): Promise<void> {
    const { grounds, hostId, rules } = this.#parts;
    await grounds.keep(serial, (known) => ({
      serial,
      lease: lease.lease,
      bridge: leaseBridge(hostId, serial),
      subnet,
      egress: lease.egress,
      bandwidthBytes: lease.bandwidthBytes === 0 ? rules.bandwidth : lease.bandwidthBytes,
      diskBytes: workload.resources.diskBytes,
      layer: known?.layer ?? '',
    }));
  }

  #freeSubnet(others: readonly string[]): string {
    const { grounds, rules } = this.#parts;
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).flatMap(({ cidr }) => cidr ?? []));
    const texts = [...others, ...own, ...grounds.all().map(({ subnet }) => subnet)];
    const taken = [...texts.flatMap((text) => parseIpv4Range(text) ?? []), ...routedRanges(readRoutes())];
    const pool = parseIpv4Range(rules.subnets);
    const subnet = pool && freeSubnet(pool, taken);
    if (subnet !== undefined) return printIpv4Range(subnet);
    throw runtimeError('lease_subnets_used_up', `no part of ${rules.subnets} is free`, { code: 'resource_exhausted' });
  }
}

/** Waits for both, also where one has failed: what still goes on would change what the next try finds. */
export async function bothOf<T>(work: Promise<T>, other: Promise<void>): Promise<T> {
  await Promise.allSettled([work, other]);
  await other;
  return work;
}

function readRoutes(): string {
  return readFileSync('/proc/net/route', 'utf8');
}

function readResolvers(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return ''; // a machine without one asks nobody
  }
}
