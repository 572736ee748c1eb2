import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HistoryEvent } from './history.js';

/** Takes down what is seen of a cluster, in the order in which it is told. */
export class HistoryRecorder {
  readonly #events: HistoryEvent[] = [];

  /** All so far. */
  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  note(event: HistoryEvent): void {
    this.#events.push(event);
  }

  /** Writes all, an event a line. */
  async save(file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, this.#events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
}
