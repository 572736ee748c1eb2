import type { Assignment } from '../../../common/model/workload.js';
import type { Logger } from '../../../common/observe/logger.js';
import { HeadframeError } from '../../../common/model/error.js';
import { runtimeError } from '../runtime-error.js';
import { containerName, containerSpecOf } from './container-spec.js';
import type { DockerEngine } from './engine.js';
import { diskLimitSupport } from './engine-facts.js';
import type { DiskLimitSupport, EngineFacts } from './engine-facts.js';
import { resolveHostPaths } from './host-path.js';
import type { HostPathPolicy } from './host-path.js';
import { LABELS } from './labels.js';

/** What a creator needs. */
export interface CreatorParts {
  readonly hostId: string;
  readonly engine: DockerEngine;
  readonly hostPaths: HostPathPolicy;
  readonly logger: Logger;
}

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
    const mounts = assignment.workload.container.mounts;
    const hostPaths = await resolveHostPaths(mounts, this.#parts.hostPaths);
    const diskLimit = this.#diskLimit ?? this.diskLimitFor(await this.#parts.engine.facts(signal));
    // A conflict may be over before it is looked at, so there is a second turn.
    for (let turn = 0; turn < 2; turn += 1) {
      const created = await this.#createNew(assignment, hostPaths, diskLimit !== 'no', signal);
      if (created !== undefined) return created;
      const kept = await this.#keep(assignment, signal);
      if (kept !== undefined) return kept;
    }
    throw runtimeError('engine_error', `the engine holds the name ${containerName(assignment)} but no such container`);
  }

  /** Undefined when the name is taken. */
  async #createNew(
    assignment: Assignment,
    hostPaths: ReadonlyMap<string, string>,
    diskLimit: boolean,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { engine, hostId } = this.#parts;
    try {
      const created = await engine.create(containerSpecOf(assignment, { hostId, hostPaths, diskLimit }), signal);
      if (diskLimit && created !== undefined) this.#diskLimit = 'yes';
      return created;
    } catch (error) {
      if (!diskLimit || !isNotSupported(error)) throw error;
      this.#diskLimit = 'no';
      this.#parts.logger.warn(
        'the container engine cannot bound the disk of a container; disk requests are not enforced',
      );
      return engine.create(containerSpecOf(assignment, { hostId, hostPaths, diskLimit: false }), signal);
    }
  }

  /** The instance's own container; undefined when it has gone meanwhile or was a leftover and has been removed. */
  async #keep(assignment: Assignment, signal: AbortSignal): Promise<string | undefined> {
    const { engine, hostId } = this.#parts;
    const name = containerName(assignment);
    const found = await engine.inspect(name, signal);
    if (found === undefined) return undefined;
    const labels = found.Config.Labels;
    if (labels[LABELS.host] !== hostId || labels[LABELS.serial] !== String(assignment.serial))
      throw runtimeError('engine_error', `${name} exists on this engine and is not this agent's`, {
        code: 'already_exists',
        remedy: 'Remove or rename that container.',
      });
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
