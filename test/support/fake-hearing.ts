import type { MessageBus } from '../../common/observe/bus.js';

type OnMessage = Parameters<MessageBus['subscribe']>[2];

/** A bus that hears what a test publishes; subjects are matched as they are written. */
export class FakeHearing implements Pick<MessageBus, 'connected' | 'subscribe'> {
  connected = true;
  readonly #subscriptions = new Map<string, OnMessage>();

  /** Subjects that are subscribed to now. */
  get subjects(): string[] {
    return [...this.#subscriptions.keys()];
  }

  subscribe(subject: string, _bounds: Parameters<MessageBus['subscribe']>[1], onMessage: OnMessage): () => void {
    this.#subscriptions.set(subject, onMessage);
    return () => this.#subscriptions.delete(subject);
  }

  /** Has a payload heard as JSON. */
  publish(subject: string, payload: unknown): void {
    this.publishText(subject, JSON.stringify(payload));
  }

  /** Has a text heard as it is. */
  publishText(subject: string, text: string): void {
    this.#subscriptions.get(subject)?.(new TextEncoder().encode(text), subject);
  }
}
