/** What an event is about. */
export type EventSubject = 'miner' | 'instance' | 'host' | 'fleet';

/** How much an event matters. */
export type Severity = 'info' | 'warning' | 'error';

/** A fact that happened. */
export interface FleetEvent {
  /** Fleet revision it belongs to. */
  readonly revision: number;
  readonly atMs: number;
  readonly subject: EventSubject;
  /** Miner name, instance id, host id, or '' for the fleet. */
  readonly id: string;
  readonly reason: string;
  readonly text: string;
  readonly severity: Severity;
  /** The miner concerned, or ''. */
  readonly miner: string;
  /** The host concerned, or ''. */
  readonly hostId: string;
  /** State of the instance or host after the event, or ''. */
  readonly state: string;
}

/** The recorded reason of a decision; `filters` counts the hosts each filter left out. */
export interface Why {
  readonly reason: string;
  readonly text: string;
  readonly atMs: number;
  readonly filters: readonly { readonly reason: string; readonly hosts: number }[];
}
