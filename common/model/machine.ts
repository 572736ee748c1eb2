import type { Labels } from './miner.js';
import type { Resources } from './resources.js';

/** Where machines come from. */
export const PROVIDERS = ['fleet', 'ssh', 'fluence'] as const;

/** One of `PROVIDERS`. */
export type ProviderName = (typeof PROVIDERS)[number];

/** States of a machine; one that was released is no longer there. */
export const MACHINE_STATES = ['allocating', 'active', 'releasing', 'failed'] as const;

/** State of a machine: on its way to be a host, one, on its way out, or none for the reason that it bears. */
export type MachineState = (typeof MACHINE_STATES)[number];

/** Label of miners that belong to a machine: they end with it. Its value is the machine's id. */
export const MACHINE_LABEL = 'machine';

/** A port that is to be reached from outside. */
export interface OpenPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** A machine that somebody was given by a provider. Times are unix milliseconds. */
export interface MachineRecord {
  readonly id: string;
  /** As people call it; need not be the only one of that name. */
  readonly name: string;
  readonly provider: ProviderName;
  /** What its provider knows it by; '' until there is one. */
  readonly place: string;
  /** '' until it is a host of the fleet. */
  readonly hostId: string;
  readonly state: MachineState;
  /** Why it is in its state: a code of common/model/reason.ts. */
  readonly reason: string;
  readonly text: string;
  /** Since when it has its state. */
  readonly atMs: number;
  /** What was asked for, 0 for whatever there is. */
  readonly asked: Resources;
  /** The most that it may cost, in USD for an epoch; absent for whatever it costs. */
  readonly maxPriceUsd?: number | undefined;
  /** In USD for an epoch, as its host's label or its provider says; '' where nobody does. */
  readonly priceUsd: string;
  /** At which it is reached; '' where that is not known. */
  readonly address: string;
  /** The wallet or account that answers for it; '' for none. */
  readonly account: string;
  /** What it was asked to have as labels. */
  readonly labels: Labels;
  readonly ports: readonly OpenPort[];
  /** Name of the caller who asked for it. */
  readonly owner: string;
  /** Of its miners. */
  readonly namespace: string;
  readonly createdAtMs: number;
  /** Fleet revision of the last change. */
  readonly revision: number;
  /** Set once it is to go. */
  readonly release?: MachineRelease | undefined;
}

/** How a machine is to go. */
export interface MachineRelease {
  readonly by: string;
  /** Its miners are deleted first; without it, it was refused while there were any. */
  readonly stopMiners: boolean;
  /** Nothing is undone on the machine itself, which may be gone already. */
  readonly forget: boolean;
}
