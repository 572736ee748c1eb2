import type { MemberPlace, PlacedMember } from '../../coordinator/members/index.js';

/** Coordinators of a test know of each other by it, in memory; whoever watches is told at once. */
export class MemoryMembers implements MemberPlace {
  readonly #placed = new Map<string, PlacedMember>();
  readonly #watchers = new Set<() => void>();
  #revision = 0;
  /** Rejects every call with it. */
  failure: Error | undefined;
  /** Called once before the next write. */
  beforeWrite: (() => void) | undefined;

  async list(): Promise<string[]> {
    await this.#answer();
    return [...this.#placed.values()].map(({ text }) => text);
  }

  async read(address: string): Promise<PlacedMember | undefined> {
    await this.#answer();
    return this.#placed.get(address);
  }

  async replace(address: string, text: string, revision: number): Promise<boolean> {
    await this.#answer();
    const before = this.beforeWrite;
    this.beforeWrite = undefined;
    before?.();
    if ((this.#placed.get(address)?.revision ?? 0) !== revision) return false;
    this.put(address, text);
    return true;
  }

  /** Puts a text there, whatever stands there. */
  put(address: string, text: string): void {
    this.#revision += 1;
    this.#placed.set(address, { text, revision: this.#revision });
    for (const watcher of this.#watchers) watcher();
  }

  watch(changed: () => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(changed);
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(changed);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
  }
}
