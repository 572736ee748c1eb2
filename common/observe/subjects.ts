import type { EventSubject, FleetEvent } from '../model/event.js';
import type { HostUsage, InstanceUsage } from '../model/host.js';

/** First tokens of every subject; a breaking change of payloads raises the version. */
const ROOT = 'headframe.v1';

/** Subject of a host's metrics. */
export function hostMetricsSubject(hostId: string): string {
  return `${ROOT}.metrics.host.${token(hostId)}`;
}

/** Subject of the metrics of a host's instances. */
export function instancesMetricsSubject(hostId: string): string {
  return `${ROOT}.metrics.instances.${token(hostId)}`;
}

/** Subject of an event; events of the whole fleet have the id `fleet`. */
export function eventSubject(subject: EventSubject, id: string): string {
  return `${ROOT}.events.${subject}.${token(id === '' ? 'fleet' : id)}`;
}

/** Subject of what is told of an alarm. */
export function alertSubject(reason: string): string {
  return `${ROOT}.alerts.${token(reason)}`;
}

/** A subject's token: what NATS gives a meaning of its own becomes '_'. */
function token(text: string): string {
  return text.replaceAll(/[.*>\s]/g, '_');
}

/** Payload on `headframe.v1.metrics.host.<host>`; units are in the names, `instances` counts what the host runs. */
export interface HostMetrics extends HostUsage {
  readonly host: string;
  readonly instances: number;
}

/** Payload on `headframe.v1.metrics.instances.<host>`: instances of one sample; those of a large host come in several messages. */
export interface InstancesMetrics {
  readonly atMs: number;
  readonly host: string;
  readonly instances: readonly InstanceMetrics[];
}

/** What one instance uses. */
export interface InstanceMetrics extends InstanceUsage {
  readonly instance: string;
  readonly miner: string;
  /** How it answered what it was asked by name; absent where it was asked nothing. */
  readonly asked?: AskedMetrics;
}

/** Questions to an instance by how they ended, and how fast it answers. */
export interface AskedMetrics {
  readonly requests: number;
  readonly answered: number;
  readonly rejected: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly broken: number;
  readonly unreached: number;
  readonly left: number;
  readonly outstanding: number;
  /** Of the last minute. */
  readonly perSecond: number;
  /** Of the last one to two minutes; undefined where nothing was answered. */
  readonly latency: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number } | undefined;
}

/** Payload on `headframe.v1.events.<subject>.<id>`; `revision` can be given to the events API to read on from here. */
export type EventPayload = FleetEvent;
