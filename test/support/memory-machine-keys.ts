import type { MachineKeys } from '../../coordinator/providers/index.js';

/** Host keys that coordinators of a test share, in memory. */
export class MemoryMachineKeys implements MachineKeys {
  readonly keys = new Map<string, string>();

  read(name: string): Promise<string | undefined> {
    return Promise.resolve(this.keys.get(name));
  }

  async keep(name: string, keys: string): Promise<string> {
    await Promise.resolve();
    const kept = this.keys.get(name) ?? keys;
    this.keys.set(name, kept);
    return kept;
  }
}
