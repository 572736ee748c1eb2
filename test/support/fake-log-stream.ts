import type { LogStream, StreamEnds } from '../../coordinator/store/jetstream/log-stream.js';
import type { PutOutcome } from '../../coordinator/store/jetstream/put-outcome.js';
import { oneOf } from './seeded-random.js';
import type { Random } from './seeded-random.js';

/** What may become of a message that is put. */
export type PutFate = 'stored' | 'lost' | 'answerLost' | 'late';

/** A stream in memory, of which messages and answers get lost, and messages come late, as a network has it. */
export class FakeLogStream implements LogStream {
  readonly name = 'FAKE';
  readonly messages: Buffer[] = [];
  readonly #late: { readonly bytes: Buffer; readonly after: number }[] = [];
  /** Fate of the next message put. */
  fate: () => PutFate = () => 'stored';

  async ends(): Promise<StreamEnds> {
    return { first: 1, last: this.messages.length };
  }

  async get(sequence: number): Promise<Buffer | undefined> {
    this.deliverLate();
    return this.messages[sequence - 1];
  }

  async put(bytes: Uint8Array, after: number): Promise<PutOutcome> {
    await Promise.resolve();
    const message = Buffer.from(bytes);
    const fate = this.fate();
    if (fate === 'late') this.#late.push({ bytes: message, after });
    if (fate === 'late' || fate === 'lost') return { kind: 'unclear', cause: fate };
    const isStored = this.#store(message, after);
    if (fate === 'answerLost') return { kind: 'unclear', cause: fate };
    return isStored ? { kind: 'stored', sequence: after + 1 } : { kind: 'conflict', cause: 'wrong last sequence' };
  }

  async removeBefore(): Promise<void> {
    throw new Error('nothing is removed of this stream');
  }

  /** Has what was held up come, where it still fits. */
  deliverLate(): void {
    for (const { bytes, after } of this.#late.splice(0)) this.#store(bytes, after);
  }

  #store(bytes: Buffer, after: number): boolean {
    if (after !== this.messages.length) return false;
    this.messages.push(bytes);
    return true;
  }
}

/** Fates by chance: most messages arrive. */
export function randomFates(random: Random): () => PutFate {
  const fates = ['stored', 'stored', 'stored', 'stored', 'lost', 'answerLost', 'late'] as const;
  return () => oneOf(random, fates);
}
