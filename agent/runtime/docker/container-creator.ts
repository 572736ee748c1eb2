import type { ContainerCreateOptions } from 'dockerode';
import type { LeaseSpec } from '../../../common/model/lease-spec.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { Logger } from '../../../common/observe/logger.js';
import { HeadframeError } from '../../../common/model/error.js';
import { runtimeError } from '../runtime-error.js';
import { containerNames, containerSpecOf } from './container-spec.js';
import type { DockerEngine } from './engine.js';
import { diskLimitSupport } from './engine-facts.js';
import type { DiskLimitSupport, EngineFacts } from './engine-facts.js';
import { checkPrivileges, resolveDevices } from './grants.js';
import type { HostGrants } from './grants.js';
import { resolveHostPaths } from './host-path.js';
import type { HostPathPolicy } from './host-path.js';
import { LABELS } from './labels.js';
import type { LeaseKeeper, PreparedFacts } from './lease-keeper.js';
import { leaseContainerSpec } from './lease-spec.js';

/** What a creator needs. */
export interface CreatorParts {
  readonly hostId: string;
  readonly engine: DockerEngine;
  readonly hostPaths: HostPathPolicy;
  readonly grants: HostGrants;
  /** Folder of the host's secrets; undefined where the engine does not see it. */
  readonly secretsFolder: string | undefined;
  /** Undefined where no leases are held. */
  readonly leases: LeaseKeeper | undefined;
  readonly logger: Logger;
}

/** Makes the options of a container of this name; the flag says whether the engine bounds its layer. */
type SpecOf = (name: string, diskLimit: boolean) => ContainerCreateOptions;

/** Creates containers so that repeating a create, after whatever outcome, finds the one that is there. */
export class ContainerCreator {
  readonly #parts: CreatorParts;
  /** Found from the engine's facts, and settled by the first container where these leave it open. */
  #diskLimit: DiskLimitSupport | undefined;

  constructor(parts: CreatorParts) {
    this.#parts = parts;
  }

  /** Whether the engine bounds writable layers, as far as is known by now. */
  diskLimitFor(facts: EngineFacts): DiskLimitSupport {
    this.#diskLimit ??= diskLimitSupport(facts);
    return this.#diskLimit;
  }

  /**
   * Returns the container's id: of a new one, or of the one that this instance has already.
   * @throws HeadframeError with the reason of the refusal
   */
  async create(assignment: Assignment, signal: AbortSignal): Promise<string> {
    const { lease } = assignment.workload;
    return lease === undefined ? this.#createPlain(assignment, signal) : this.#createLease(assignment, lease, signal);
  }

  async #createPlain(assignment: Assignment, signal: AbortSignal): Promise<string> {
    const { container } = assignment.workload;
    checkPrivileges(container, this.#parts.grants);
    const hostPaths = await resolveHostPaths(container.mounts, this.#parts.hostPaths);
    const devices = await resolveDevices(container.devices ?? [], this.#parts.grants);
    const { hostId, secretsFolder } = this.#parts;
    return this.#createNamed(assignment, signal, (name, diskLimit) =>
      containerSpecOf(assignment, { name, hostId, hostPaths, devices, diskLimit, secretsFolder }),
    );
  }

  async #createLease(assignment: Assignment, lease: LeaseSpec, signal: AbortSignal): Promise<string> {
    const { leases, hostId, secretsFolder, engine } = this.#parts;
    if (leases === undefined)
      throw runtimeError('lease_not_possible', 'this host holds no leases', { code: 'failed_precondition' });
    const { serial } = assignment;
    const facts = (): Promise<EngineFacts> => engine.facts(signal);
    const make = async (prepared: PreparedFacts): Promise<string> => {
      const host = { hostId, secretsFolder, ...prepared };
      const containerId = await this.#createNamed(assignment, signal, (name, diskLimit) =>
        leaseContainerSpec(assignment, lease, { ...host, name, diskLimit }),
      );
      if (this.#diskLimit !== 'yes') await leases.boundDisk(serial, containerId, signal);
      return containerId;
    };
    return leases.build({ assignment, lease, facts }, make, signal);
  }

  async #createNamed(assignment: Assignment, signal: AbortSignal, specOf: SpecOf): Promise<string> {
    const diskLimit = this.#diskLimit ?? this.diskLimitFor(await this.#parts.engine.facts(signal));
    const names = containerNames(assignment, this.#parts.hostId);
    // Once made under the long name it stays the instance's own, also when the short one has come free.
    const longNamed = await this.#keep(assignment, names[1], signal);
    if (longNamed !== undefined) return longNamed;
    // A conflict may be over before it is looked at, so each name gets a second turn.
    for (const name of [names[0], names[0], names[1], names[1]]) {
      const created = await this.#createNew((limited) => specOf(name, limited), diskLimit !== 'no', signal);
      if (created !== undefined) return created;
      const kept = await this.#keep(assignment, name, signal);
      if (kept !== undefined) return kept;
    }
    throw runtimeError('engine_error', `both ${names.join(' and ')} are taken on this engine and not this agent's`, {
      code: 'already_exists',
      remedy: 'Remove or rename those containers.',
    });
  }

  /** Undefined when the name is taken. */
  async #createNew(
    specOf: (diskLimit: boolean) => ContainerCreateOptions,
    diskLimit: boolean,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { engine } = this.#parts;
    try {
      const created = await engine.create(specOf(diskLimit), signal);
      if (diskLimit && created !== undefined) this.#diskLimit = 'yes';
      return created;
    } catch (error) {
      if (!diskLimit || !isNotSupported(error)) throw error;
      this.#diskLimit = 'no';
      this.#parts.logger.warn(
        'the container engine cannot bound the disk of a container; disk requests are not enforced',
      );
      return engine.create(specOf(false), signal);
    }
  }

  /** The instance's own container; undefined when it is another's, has gone meanwhile, or was a leftover and has been removed. */
  async #keep(assignment: Assignment, name: string, signal: AbortSignal): Promise<string | undefined> {
    const { engine, hostId } = this.#parts;
    const found = await engine.inspect(name, signal);
    if (found === undefined) return undefined;
    const labels = found.Config.Labels;
    if (labels[LABELS.host] !== hostId || labels[LABELS.serial] !== String(assignment.serial)) return undefined;
    if (labels[LABELS.workload] === String(assignment.workload.id)) return found.Id;
    if (found.State.Status !== 'created')
      throw runtimeError('engine_error', `${name} was made for another workload`, { code: 'already_exists' });
    await engine.remove(found.Id, signal);
    return undefined;
  }
}

function isNotSupported(error: unknown): boolean {
  return error instanceof HeadframeError && error.reason === 'not_supported';
}
