import type { MessageBus } from '../../common/observe/bus.js';

type OnMessage = Parameters<MessageBus['subscribe']>[2];

/** A bus that hears what a test publishes; subjects are matched as they are written. */
export class FakeHearing implements Pick<MessageBus, 'connected' | 'subscribe'> {
  connected = true;
  readonly #subscriptions = new Set<{ readonly subject: string; readonly onMessage: OnMessage }>();

  /** Subjects that are subscribed to now. */
  get subjects(): string[] {
    return [...this.#subscriptions].map(({ subject }) => subject);
  }

  subscribe(subject: string, _bounds: Parameters<MessageBus['subscribe']>[1], onMessage: OnMessage): () => void {
    const subscription = { subject, onMessage };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  /** Has a payload heard as JSON. */
  publish(subject: string, payload: unknown): void {
    this.publishText(subject, JSON.stringify(payload));
  }

  /** Has a text heard as it is. */
  publishText(subject: string, text: string): void {
    const heard = [...this.#subscriptions].filter((one) => one.subject === subject);
    for (const { onMessage } of heard) onMessage(new TextEncoder().encode(text), subject);
  }
}
