import { HeadframeError } from '../../common/model/error.js';
import type { MessageBus } from '../../common/observe/bus.js';
import { eventSubject, hostMetricsSubject, instancesMetricsSubject } from '../../common/observe/subjects.js';
import type { EventPayload } from '../../common/observe/subjects.js';
import { eventsOf } from '../fleet/index.js';
import type { FleetPort } from '../fleet/port.js';
import type { LiveBoard, UsageSample } from '../sessions/index.js';
import type { Asks } from './usage-messages.js';
import { usageMessages } from './usage-messages.js';

/** What a publisher needs. */
export interface PublisherParts {
  readonly fleet: FleetPort;
  readonly board: LiveBoard;
  /** Of instances that answer questions. */
  readonly asks?: Asks;
  readonly bus: Pick<MessageBus, 'connected' | 'publish'>;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** Messages handed over in one turn of the event loop. */
const TURN_MESSAGES = 500;

/**
 * Publishes what agents measure and what happens in the fleet, best effort: nobody here waits for a NATS server, and what
 * happens while none is there, or faster than it can be told, is not told later.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  #skipped = 0;
  #inTurn = 0;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Times that events came faster than they could be published, so that some were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Publishes until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const unfollow = this.#parts.board.onUsage((sample) => {
      this.#publishUsage(sample);
    });
    const ended = (): boolean => signal.aborted;
    try {
      while (!ended()) await this.#publishEvents(signal);
    } finally {
      unfollow();
    }
  }

  /** Publishes the events of durable commits from now on until the signal, or until it has fallen too far behind. */
  async #publishEvents(signal: AbortSignal): Promise<void> {
    const { fleet, bus } = this.#parts;
    try {
      for await (const commit of fleet.watch(fleet.revision, signal)) {
        for (const event of bus.connected ? eventsOf(commit) : []) {
          const payload: EventPayload = event;
          bus.publish(eventSubject(event.subject, event.id), payload);
          await this.#breathe();
        }
      }
    } catch (error) {
      if (!(error instanceof HeadframeError) || error.reason !== 'revision_compacted') throw error;
      this.#skipped += 1;
    }
  }

  #publishUsage(sample: UsageSample): void {
    const { fleet, bus, asks } = this.#parts;
    if (!bus.connected) return;
    const { host, instances } = usageMessages(fleet, sample, asks);
    bus.publish(hostMetricsSubject(sample.hostId), host);
    for (const payload of instances) bus.publish(instancesMetricsSubject(sample.hostId), payload);
  }

  async #breathe(): Promise<void> {
    this.#inTurn += 1;
    if (this.#inTurn < TURN_MESSAGES) return;
    this.#inTurn = 0;
    await this.#parts.yieldTurn();
  }
}
