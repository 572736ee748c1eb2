import type { MachineRecord, OpenPort, ProviderName } from '../../common/model/machine.js';
import type { Labels } from '../../common/model/miner.js';
import type { Resources } from '../../common/model/resources.js';
import type { FleetReader } from '../fleet/port.js';

/** What somebody asks of a machine. */
export interface MachineWish {
  /** '' for the first provider, in the order of the configuration, that has one. */
  readonly provider: string;
  /** '' for its id. */
  readonly name: string;
  /** At least this much; 0 for whatever there is. */
  readonly asked: Resources;
  /** The most that it may cost, in USD for an epoch; undefined for whatever it costs. */
  readonly maxPriceUsd: number | undefined;
  /** Labels that it has to have. */
  readonly labels: Labels;
  readonly ports: readonly OpenPort[];
  /** The wallet or account that answers for it: `0.0.N` or SS58, as `isAccount` judges; '' for none. */
  readonly account: string;
  /** Name of the caller. */
  readonly owner: string;
  /** Of the miners that are to run on it. */
  readonly namespace: string;
}

/** What is known of a machine once a provider has taken a wish on. */
export type MachineOffer = Pick<MachineRecord, 'place' | 'hostId' | 'address' | 'priceUsd' | 'text'>;

/** Why a provider has no machine for a wish: how many of its places each reason leaves out. */
export interface Refusal {
  readonly refused: ReadonlyMap<string, number>;
}

/** What a provider tells of a machine while it works on it. */
export type MachineProgress = Partial<Pick<MachineRecord, 'place' | 'address' | 'priceUsd' | 'text'>>;

/** What a provider is handed with each piece of work. */
export interface ProviderWork {
  /** Keeps what is told, durably once it has resolved: who makes something that costs tells first how it is found again. */
  readonly tell: (progress: MachineProgress) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Where machines come from. The coordinator keeps who has which; a provider picks, makes and takes back. Work is repeated after a
 * crash, so that all of it has to be such that doing it again does no harm.
 */
export interface MachineProvider {
  readonly name: ProviderName;
  /** Whether a machine's host leaves the fleet with it, and has its id. */
  readonly ownsHosts: boolean;
  /** Brings up to date what `choose` goes by. Throws `HeadframeError`. */
  refresh?(): Promise<void>;
  /** Picks a place for a wish, purely, by the records of now; no two machines have the same place of a provider. */
  choose(wish: MachineWish, fleet: FleetReader): MachineOffer | Refusal;
  /** Makes the machine a host and answers with the host's id. Throws `HeadframeError` with the reason why it cannot be one. */
  provide(machine: MachineRecord, work: ProviderWork): Promise<string>;
  /** Has the place know what of a machine has changed. Throws `HeadframeError`. */
  change?(machine: MachineRecord, work: ProviderWork): Promise<void>;
  /** Takes back what `provide` has made, whole or half. Throws `HeadframeError`. */
  withdraw(machine: MachineRecord, work: ProviderWork): Promise<void>;
}
