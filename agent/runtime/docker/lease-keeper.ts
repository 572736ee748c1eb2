import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { LEASE_CAPABILITY, LEASE_DISK_CAPABILITY } from '../../../common/model/host.js';
import type { LeaseSpec } from '../../../common/model/lease-spec.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { LeaseGround, LeaseGrounds, HostRules } from '../../kinds/lease/index.js';
import {
  freeSubnet,
  leaseBridge,
  leaseFaults,
  leaseFiles,
  leaseNames,
  leaseNetwork,
  parseIpv4Range,
  planSweep,
  printIpv4Range,
  routedRanges,
  viewLeaseHost,
} from '../../kinds/lease/index.js';
import type { RunCommand } from '../../host/command.js';
import type { EngineInfo } from '../../host/index.js';
import { Lane } from '../lane.js';
import { runtimeError } from '../runtime-error.js';
import { diskOf } from './disk-of.js';
import type { EngineFacts } from './engine-facts.js';
import type { LeaseDisks } from './lease-disk.js';
import type { LeaseObjects } from './lease-objects.js';
import type { ConfinementFacts, LeaseHostFacts } from './lease-spec.js';

/** How leases are held on this host, by its configuration. */
export interface LeaseRules {
  /** Private range that networks are taken from. */
  readonly subnets: string;
  readonly dns: readonly string[];
  readonly allow: readonly string[];
  /** Bytes per second each way of a lease that asks for no rate. */
  readonly bandwidth: number;
  readonly io: number;
  /** Folder of the SSH server that is lent. */
  readonly sshServer: string;
}

/** What a keeper of leases works with. */
export interface LeaseKeeperParts {
  readonly hostId: string;
  readonly rules: LeaseRules;
  readonly objects: LeaseObjects;
  readonly grounds: LeaseGrounds;
  readonly hostRules: HostRules;
  readonly disks: LeaseDisks;
  readonly run: RunCommand;
  readonly logger: Logger;
}

/** What a lease's container is made by, beside what the engine says of itself. */
type PreparedFacts = Omit<LeaseHostFacts, 'name' | 'hostId' | 'secretsFolder' | 'diskLimit'>;

/** A lease that is to get a container. */
export interface LeaseToPrepare {
  readonly assignment: Assignment;
  readonly lease: LeaseSpec;
  /** Asks what the engine says of itself. */
  readonly facts: () => Promise<EngineFacts>;
}

/** Another agent of the machine may take the same range at the same time. */
const SUBNET_ATTEMPTS = 8;

/**
 * Holds what leases have on this host beside their containers: network, rules, files, file system. What a lease has is on
 * disk before it is made, walls stand before a container does, and all of it goes when the lease's container has gone.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  /** One at a time: they choose among what is free. */
  readonly #making = new Lane(1);
  #loaded: Promise<void> | undefined;
  #why = '';

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  /** What this host can do for leases; nothing, and a line in the log for each change of why, where a wall cannot be built. */
  async capabilities(info: EngineInfo): Promise<readonly string[]> {
    const view = await viewLeaseHost(info, this.#parts.rules.sshServer, this.#parts.run);
    const why = leaseFaults(view)
      .map(({ text }) => text)
      .join('; ');
    if (why !== this.#why)
      this.#parts.logger.warn({ why }, why === '' ? 'this host can hold leases' : 'this host cannot hold leases');
    this.#why = why;
    if (why !== '') return [];
    return [LEASE_CAPABILITY, ...(view.disk === 'enforced' ? [LEASE_DISK_CAPABILITY] : [])];
  }

  /** Makes all that a lease's container needs to be made, or finds it made. */
  async prepare({ assignment, lease, facts }: LeaseToPrepare, signal: AbortSignal): Promise<PreparedFacts> {
    await this.#load();
    const { objects, grounds, rules } = this.#parts;
    const { serial, workload } = assignment;
    // The tenant waits for the longest of these, and not for all of them in turn.
    const [engine, imageVolumes, files] = await Promise.all([
      facts(),
      objects.imageVolumes(workload.container.image, signal),
      this.#making
        .run(signal, () => this.#ensureNetwork(assignment, lease, signal))
        .then(() => grounds.writeFiles(serial, leaseFiles(lease))),
    ]);
    return {
      network: leaseNetwork(this.#parts.hostId, serial),
      ...{ files, imageVolumes, dns: this.#resolvers(), ...this.confinementFacts(engine) },
      sshServer: existsSync(rules.sshServer) ? rules.sshServer : '',
    };
  }

  /** What of this host the limits and walls of leases depend on, beside their disk. */
  confinementFacts(engine: EngineFacts): Omit<ConfinementFacts, 'diskLimit'> {
    return {
      ioBytes: this.#parts.rules.io,
      runtimes: Object.keys(engine.Runtimes ?? {}),
      appArmor: (engine.SecurityOptions ?? []).some((option) => /^(name=)?apparmor\b/.test(option)),
      disk: diskOf(engine.DockerRootDir),
    };
  }

  /** Bounds what a lease's new container writes, where the engine does not do so itself. */
  async boundDisk(serial: number, containerId: string, signal: AbortSignal): Promise<void> {
    const { objects, grounds, disks, logger } = this.#parts;
    const ground = this.#held(serial);
    const layer = await objects.writableLayer(containerId, signal);
    if (layer === undefined) {
      logger.warn(
        { serial },
        'the engine keeps layers where their size cannot be bounded: the disk of this lease is not enforced',
      );
      return;
    }
    // What was made for a former container of the lease holds nothing that this one knows.
    if (ground.layer !== '' && ground.layer !== layer) await disks.discard(serial);
    await grounds.keep({ ...ground, layer });
    await disks.make(serial, layer, ground.diskBytes);
  }

  /** Sees that all walls of a lease stand before it runs. Does nothing for what is no lease. */
  async beforeStart(serial: number): Promise<void> {
    await this.#load();
    const ground = this.#parts.grounds.of(serial);
    if (ground === undefined) return;
    await this.#applyRules();
    if (ground.layer !== '') await this.#parts.disks.mount(serial, ground.layer);
  }

  /** Lets go of what the engine could not remove a container with. Does nothing for what is no lease. */
  async beforeRemove(serial: number): Promise<void> {
    await this.#load();
    if (this.#parts.grounds.of(serial) !== undefined) await this.#parts.disks.unmount(serial);
  }

  /** Frees all that a lease had. Does nothing for what is no lease. */
  async release(serial: number, signal: AbortSignal): Promise<void> {
    await this.#load();
    const { disks, grounds, objects, hostId } = this.#parts;
    if (!(await grounds.serials()).includes(serial)) return;
    await disks.unmount(serial);
    await objects.removeNetwork(leaseNetwork(hostId, serial), signal);
    await disks.remove(serial);
    grounds.forget(serial);
    // The rules of a bridge go after it.
    await this.#applyRules();
  }

  /**
   * Puts the rules back where another program has taken them away, and frees what no instance of `held` owns. Those are all
   * that are assigned to this host, kept, or have a container on the engine; asked for once all that is there has been seen, so that
   * nothing which has begun meanwhile is taken for nobody's.
   */
  async keepOnly(held: () => ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    await this.#load();
    const { disks, grounds, objects, hostId, logger } = this.#parts;
    const remains = {
      // One that is known and no longer on disk goes by the same way.
      grounds: [...new Set([...(await grounds.serials()), ...grounds.all().map(({ serial }) => serial)])],
      networks: await objects.networks(hostId, signal),
      mounts: disks.mounts(),
    };
    for (const step of planSweep(remains, held())) {
      logger.info(step, 'freeing what no lease owns');
      if (step.kind === 'unmount') await disks.unmount(step.serial);
      else if (step.kind === 'removeNetwork') await objects.removeNetwork(step.name, signal);
      else {
        await disks.remove(step.serial);
        grounds.forget(step.serial);
      }
    }
    await this.#applyRules();
  }

  async #ensureNetwork(assignment: Assignment, lease: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { objects, hostId } = this.#parts;
    const name = leaseNetwork(hostId, assignment.serial);
    const present = (await objects.networks(hostId, signal)).find((network) => network.name === name);
    if (present !== undefined) {
      await this.#keepGround(assignment, lease, present.subnet);
      await this.#applyRules();
      return;
    }
    const refused: string[] = [];
    for (let attempt = 0; attempt < SUBNET_ATTEMPTS; attempt += 1) {
      const subnet = await this.#freeSubnet(refused, signal);
      const ground = await this.#keepGround(assignment, lease, subnet);
      // The rules stand before the bridge does.
      await this.#applyRules();
      const wish = { name, bridge: ground.bridge, subnet, hostId, serial: assignment.serial, lease: lease.lease };
      // What its bridge needs besides is there before its container starts.
      if (await objects.createNetwork(wish, signal)) return;
      refused.push(subnet);
    }
    throw runtimeError('lease_network_failed', `the engine says of ${refused.join(', ')} that they are taken`);
  }

  async #keepGround({ serial, workload }: Assignment, lease: LeaseSpec, subnet: string): Promise<LeaseGround> {
    const { grounds, hostId, rules } = this.#parts;
    const ground = {
      serial,
      lease: lease.lease,
      bridge: leaseBridge(hostId, serial),
      subnet,
      egress: lease.egress,
      bandwidthBytes: lease.bandwidthBytes === 0 ? rules.bandwidth : lease.bandwidthBytes,
      diskBytes: workload.resources.diskBytes,
      layer: grounds.of(serial)?.layer ?? '',
    };
    await grounds.keep(ground);
    return ground;
  }

  async #freeSubnet(refused: readonly string[], signal: AbortSignal): Promise<string> {
    const { grounds, objects, rules } = this.#parts;
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).flatMap(({ cidr }) => cidr ?? []));
    const texts = [
      ...refused,
      ...own,
      ...grounds.all().map(({ subnet }) => subnet),
      ...(await objects.subnets(signal)),
    ];
    const taken = [...texts.flatMap((text) => parseIpv4Range(text) ?? []), ...routedRanges(readRoutes())];
    const pool = parseIpv4Range(rules.subnets);
    const subnet = pool && freeSubnet(pool, taken);
    if (subnet !== undefined) return printIpv4Range(subnet);
    throw runtimeError('lease_subnets_used_up', `no part of ${rules.subnets} is free`, { code: 'resource_exhausted' });
  }

  #applyRules(): Promise<void> {
    const { grounds, hostId, hostRules, rules } = this.#parts;
    const traffic = { dns: this.#resolvers(), allowed: rules.allow };
    return hostRules.keep({ names: leaseNames(hostId), leases: grounds.all(), rules: traffic });
  }

  /** Those of the configuration, else the host's own; one on a loopback address is reached by the engine alone, which asks it itself. */
  #resolvers(): readonly string[] {
    if (this.#parts.rules.dns.length > 0) return this.#parts.rules.dns;
    const own = [...readResolvers().matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(
      ([, address = '']) => address,
    );
    return own.some((address) => address.startsWith('127.')) ? [] : own.slice(0, 3);
  }

  #held(serial: number): LeaseGround {
    const ground = this.#parts.grounds.of(serial);
    if (ground === undefined) throw runtimeError('lease_disk_failed', `nothing is kept of the lease ${String(serial)}`);
    return ground;
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#parts.grounds.load();
    return this.#loaded;
  }
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
