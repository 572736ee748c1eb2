import type { ContainerInfo } from 'dockerode';
import type { ObservedInstance } from '../runtime.js';
import type { DockerEngine } from './engine.js';
import { labelFilter, serialOf } from './labels.js';
import { healthInStatusText, listedRunning, observedOf, statusOf } from './observed.js';

/**
 * Sees the instances of one host at the price of one list call: what a list does not tell (pid, times, exit code) is
 * inspected once and kept until an event, or a call of ours, says that it may have changed.
 *
 * Kept views hold only while events flow; without them every list inspects everything. A container that the engine lists
 * and does not answer for is taken as it was last seen, so that it hides no other.
 */
export class Observer {
  readonly #engine: Pick<DockerEngine, 'inspect' | 'list'>;
  readonly #hostId: string;
  /** By container id; an entry lives as long as its container is listed. */
  readonly #views = new Map<string, ObservedInstance>();
  /** The same, however old. */
  readonly #lastSeen = new Map<string, ObservedInstance>();
  readonly #ids = new Map<number, string>();
  #eventStreams = 0;
  /** Inspects under way by container id; one that is doubted meanwhile loses its ticket and is not kept. */
  readonly #tickets = new Map<string, symbol>();

  constructor(engine: Pick<DockerEngine, 'inspect' | 'list'>, hostId: string) {
    this.#engine = engine;
    this.#hostId = hostId;
  }

  /** Every container of the host. */
  async list(signal: AbortSignal): Promise<readonly ObservedInstance[]> {
    const listed = await this.#engine.list(labelFilter(this.#hostId), signal);
    const seen = await Promise.all(listed.map((container) => this.#viewOrLast(container, signal)));
    this.#forgetUnlisted(listed);
    return seen.filter((instance) => instance !== undefined);
  }

  /** One container, asked anew. */
  async inspect(serial: number, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    const id = await this.containerId(serial, signal);
    return id === undefined ? undefined : this.#inspect(id, signal);
  }

  /** Container id of an instance; undefined when there is none. */
  async containerId(serial: number, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#ids.get(serial);
    if (known !== undefined) return known;
    const [found] = await this.#engine.list(labelFilter(this.#hostId, serial), signal);
    if (found !== undefined) this.#ids.set(serial, found.Id);
    return found?.Id;
  }

  /** Notes the container that was created for an instance. */
  learn(serial: number, containerId: string): void {
    this.#ids.set(serial, containerId);
  }

  /** Doubts what is kept of a container, or of all. */
  doubt(containerId?: string): void {
    for (const kept of [this.#views, this.#tickets])
      if (containerId === undefined) kept.clear();
      else kept.delete(containerId);
  }

  /** Forgets a container that is gone. */
  forget(serial: number, containerId: string): void {
    this.doubt(containerId);
    if (this.#ids.get(serial) === containerId) this.#ids.delete(serial);
  }

  /** Views are kept from here on until the answer is called. */
  trustEvents(): () => void {
    this.doubt();
    this.#eventStreams += 1;
    return () => {
      this.#eventStreams -= 1;
      this.doubt();
    };
  }

  async #viewOrLast(container: ContainerInfo, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    try {
      return await this.#view(container, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const last = this.#lastSeen.get(container.Id);
      return last?.status === statusOf(container.State) ? last : listedRunning(container);
    }
  }

  async #view(container: ContainerInfo, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    const serial = serialOf(container.Labels);
    if (serial === undefined) return undefined;
    this.#ids.set(serial, container.Id);
    const kept = this.#views.get(container.Id);
    if (kept?.status !== statusOf(container.State)) return this.#inspect(container.Id, signal);
    return { ...kept, imageHealth: healthInStatusText(container.Status) };
  }

  async #inspect(containerId: string, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    const ticket = Symbol(containerId);
    this.#tickets.set(containerId, ticket);
    const info = await this.#engine.inspect(containerId, signal);
    const instance = info === undefined ? undefined : observedOf(info);
    const undoubted = this.#tickets.get(containerId) === ticket;
    if (undoubted) this.#tickets.delete(containerId);
    if (instance === undefined) {
      this.#forgetId(containerId);
      return undefined;
    }
    this.#lastSeen.set(containerId, instance);
    if (undoubted && this.#eventStreams > 0) this.#views.set(containerId, instance);
    return instance;
  }

  #forgetId(containerId: string): void {
    this.#views.delete(containerId);
    this.#lastSeen.delete(containerId);
    for (const [serial, id] of this.#ids) if (id === containerId) this.#ids.delete(serial);
  }

  #forgetUnlisted(listed: readonly ContainerInfo[]): void {
    const ids = new Set(listed.map((container) => container.Id));
    for (const kept of [this.#views, this.#lastSeen]) for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
  }
}
