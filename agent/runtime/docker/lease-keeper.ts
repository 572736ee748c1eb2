import { existsSync } from 'node:fs';
import { LEASE_CAPABILITY, LEASE_DISK_CAPABILITY } from '../../../common/model/host.js';
import type { LeaseSpec } from '../../../common/model/lease-spec.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { LeaseGround, LeaseGrounds, HostRules } from '../../kinds/lease/index.js';
import { leaseFaults, leaseFiles, leaseNetwork, planSweep, viewLeaseHost } from '../../kinds/lease/index.js';
import type { RunCommand } from '../../host/command.js';
import type { EngineInfo } from '../../host/index.js';
import { runtimeError } from '../runtime-error.js';
import { diskOf } from './disk-of.js';
import type { EngineFacts } from './engine-facts.js';
import type { LeaseDisks } from './lease-disk.js';
import type { LeaseObjects } from './lease-objects.js';
import type { ConfinementFacts, LeaseHostFacts } from './lease-spec.js';
import { LeaseWalls, bothOf } from './lease-walls.js';
import type { LeaseNetworkRules } from './lease-walls.js';

/** How leases are held on this host, by its configuration. */
export interface LeaseRules extends LeaseNetworkRules {
  /** Bytes per second of block I/O each way of a lease that asks for no rate. */
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
export type PreparedFacts = Omit<LeaseHostFacts, 'name' | 'hostId' | 'secretsFolder' | 'diskLimit'>;

/** A lease that is to get a container. */
export interface LeaseToBuild {
  readonly assignment: Assignment;
  readonly lease: LeaseSpec;
  /** Asks what the engine says of itself. */
  readonly facts: () => Promise<EngineFacts>;
}

/**
 * Holds what leases have on this host beside their containers: network, rules, files, file system. What a lease has is on
 * disk before it is made, walls stand before a container starts, and all of it goes when the lease's container has gone.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #walls: LeaseWalls;
  #loaded: Promise<void> | undefined;
  #why = '';

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
    this.#walls = new LeaseWalls(parts);
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

  /**
   * Has a lease's container made, by what it needs of this host, while the engine makes its network: a container that was never
   * started has no process that could send. Resolves once walls and container are there.
   */
  async build<T>(
    { assignment, lease, facts }: LeaseToBuild,
    make: (prepared: PreparedFacts) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    await this.#load();
    const { objects, grounds } = this.#parts;
    const { serial, workload } = assignment;
    const place = this.#walls.place(assignment, lease, signal);
    // The tenant waits for the longest of these, and not for all of them in turn.
    const asked = Promise.all([
      place.then(() => grounds.writeFiles(serial, leaseFiles(lease))),
      facts(),
      objects.imageVolumes(workload.container.image, signal),
    ]);
    const made = asked.then(([files, engine, volumes]) => make(this.#preparedFacts(serial, files, engine, volumes)));
    const walls = place.then((found) => this.#walls.raise(found, signal));
    return bothOf(made, walls);
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
    const kept = grounds.keep(serial, (known) => ({ ...(known ?? ground), layer }));
    // What is mounted is on disk before; what it is made of lies in the lease's own folder.
    await bothOf(disks.make(serial, layer, ground.diskBytes), kept);
    await disks.mount(serial, layer);
  }

  /** Sees that all walls of a lease stand before it runs. Does nothing for what is no lease. */
  async beforeStart(serial: number): Promise<void> {
    await this.#load();
    const ground = this.#parts.grounds.of(serial);
    if (ground === undefined) return;
    await this.#walls.beforeStart(serial);
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
    const { disks, grounds } = this.#parts;
    if (!(await grounds.serials()).includes(serial)) return;
    await disks.unmount(serial);
    await this.#walls.remove(serial, signal);
    await disks.remove(serial);
    grounds.forget(serial);
    // The rules of a bridge go after it.
    await this.#walls.apply();
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
      networks: (await objects.networks(signal)).filter((network) => network.hostId === hostId),
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
    await this.#walls.apply();
  }

  #preparedFacts(serial: number, files: string, engine: EngineFacts, imageVolumes: readonly string[]): PreparedFacts {
    const { hostId, rules } = this.#parts;
    return {
      network: leaseNetwork(hostId, serial),
      ...{ files, imageVolumes, dns: this.#walls.resolvers(), ...this.confinementFacts(engine) },
      sshServer: existsSync(rules.sshServer) ? rules.sshServer : '',
    };
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
