import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import { subnetKey } from '../../../common/model/reward.js';
import type { SubnetRecord } from '../../../common/model/reward.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort, FleetReader } from '../../fleet/port.js';
import type { Chain } from '../port.js';
import { dayOf, trimDays } from '../rewards/days.js';
import { lackOfSubnets } from './follow.js';
import { keepGone, keepTaken } from './keep.js';
import type { Metagraph } from './metagraph.js';
import { planSubnets, wantedSubnets } from './plan.js';
import type { SubnetCause } from './plan.js';
import { readMemberships } from './read-memberships.js';
import { readMetagraph } from './read-metagraph.js';
import { readMoves } from './read-moves.js';
import type { BlockRange, Moves } from './read-moves.js';
import { unreadSubnet } from './take-reading.js';

/** What reads from a chain; tests have their own. */
export interface SubnetReaders {
  readonly metagraph: (chain: Chain, netuid: number) => Promise<Metagraph>;
  readonly memberships: (chain: Chain, hotkeys: readonly string[]) => Promise<ReadonlyMap<string, readonly number[]>>;
  readonly moves: (chain: Chain, range: BlockRange) => Promise<Moves | undefined>;
}

/** What the metagraphs work with. */
export interface MetagraphParts {
  readonly fleet: FleetPort;
  readonly networks: { connections(): readonly Chain[] };
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: from the chain. */
  readonly readers?: SubnetReaders;
}

/** A subnet as it was read last. */
export interface Reading {
  readonly metagraph: Metagraph;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** A subnet that is read, and why. */
export interface FollowedSubnet {
  readonly record: SubnetRecord;
  readonly causes: readonly SubnetCause[];
  /** Why the last attempt to read from its network failed; undefined where it did not. */
  readonly failure: HeadframeError | undefined;
}

/** What a hotkey earned in a subnet since the coordinator started. */
export interface EarnedSoFar {
  readonly network: string;
  readonly netuid: number;
  readonly hotkey: string;
  readonly earned: bigint;
}

/** A final block is looked for so often; blocks come every few seconds. */
const LOOK_MS = 3_000;
/** After a failure. */
const RETRY_MS = 15_000;
/** Registrations of the fleet's hotkeys are read so often at least, in blocks: ten minutes. */
const MEMBERSHIP_BLOCKS = 50;

interface NetworkState {
  readonly readings: Map<number, Reading>;
  memberships: ReadonlyMap<string, readonly number[]>;
  membershipsAt: number | undefined;
  hotkeys: string;
  isBusy: boolean;
  retryAtMs: number;
  failure: HeadframeError | undefined;
  reads: number;
}

/**
 * Reads the subnets that concern the fleet, each once a tempo however many miners and hotkeys are in it, and keeps what they
 * earned. Each network by itself: one that is slow or away delays itself alone, and what was read of it stays.
 */
export class Metagraphs {
  readonly #parts: MetagraphParts;
  readonly #readers: SubnetReaders;
  readonly #states = new Map<string, NetworkState>();
  readonly #turns = new Set<Promise<void>>();
  readonly #earned = new Map<string, EarnedSoFar>();
  #trimmed = '';

  constructor(parts: MetagraphParts) {
    this.#parts = parts;
    this.#readers = parts.readers ?? { metagraph: readMetagraph, memberships: readMemberships, moves: readMoves };
  }

  /** Level, not edge: looks again and again what is due, until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      this.#look();
      await this.#parts.clock.sleep(LOOK_MS, signal).catch(() => undefined); // only the signal ends it
    }
    await Promise.all(this.#turns);
  }

  /** A subnet as it was read last, if it is one of those that are read. */
  last(network: string, netuid: number): Reading | undefined {
    return this.#states.get(network)?.readings.get(netuid);
  }

  /** The subnets that are read, by network and netuid. */
  followed(): FollowedSubnet[] {
    const { fleet, networks } = this.#parts;
    return [...fleet.networks()]
      .map(({ name }) => name)
      .sort()
      .flatMap((network) => {
        const chain = networks.connections().find((one) => one.network === network);
        const failure = (chain && lackOfSubnets(chain)) ?? this.#states.get(network)?.failure;
        return [...this.#wanted(network)].map(([netuid, causes]) => {
          const record = fleet.subnet(network, netuid) ?? unreadSubnet(network, netuid);
          return { record, causes, failure };
        });
      });
  }

  /** What hotkeys earned since this began. */
  earned(): Iterable<EarnedSoFar> {
    return this.#earned.values();
  }

  /** Subnets read so far, by network. */
  reads(): ReadonlyMap<string, number> {
    return new Map([...this.#states].map(([network, { reads }]) => [network, reads]));
  }

  #look(): void {
    const { networks, fleet, clock } = this.#parts;
    const chains = networks.connections();
    for (const network of this.#states.keys())
      if (!chains.some((chain) => chain.network === network)) this.#states.delete(network);
    for (const chain of chains) this.#begin(chain);
    const today = dayOf(clock.nowMs());
    if (today === this.#trimmed) return;
    this.#trimmed = today;
    fleet.transact(trimDays);
  }

  #begin(chain: Chain): void {
    const { clock } = this.#parts;
    const state = this.#stateOf(chain.network);
    if (state.isBusy || chain.state !== 'ready' || clock.monotonicMs() < state.retryAtMs) return;
    state.isBusy = true;
    const turn = this.#turn(chain, state)
      .then(
        () => (state.failure = undefined),
        (error: unknown) => {
          this.#failed(chain.network, state, error);
        },
      )
      .then(() => {
        state.isBusy = false;
        this.#turns.delete(turn);
      });
    this.#turns.add(turn);
  }

  /** All that is due of a network at its last final block. */
  async #turn(chain: Chain, state: NetworkState): Promise<void> {
    const { fleet } = this.#parts;
    const { network, finalized } = chain;
    if (finalized === undefined || chain.capabilities === undefined || lackOfSubnets(chain) !== undefined) return;
    await this.#readMemberships(chain, state, finalized.number);
    const records = [...fleet.subnets()].filter((record) => record.network === network);
    const failures: Error[] = [];
    for (const step of planSubnets(this.#wanted(network), records, finalized.number))
      if (step.kind === 'forget') this.#forget(network, state, step.netuid);
      else
        await this.#read(chain, state, step.netuid).catch((error: unknown) => {
          // One that cannot be read keeps no other from being read.
          failures.push(error instanceof Error ? error : new Error(String(error)));
        });
    const [failure] = failures;
    if (failure !== undefined) throw failure;
  }

  async #readMemberships(chain: Chain, state: NetworkState, block: number): Promise<void> {
    const hotkeys = [...hotkeysOf(this.#parts.fleet)].sort();
    const isOld = state.membershipsAt === undefined || block >= state.membershipsAt + MEMBERSHIP_BLOCKS;
    if (!isOld && hotkeys.join() === state.hotkeys) return;
    state.memberships = hotkeys.length === 0 ? new Map() : await this.#readers.memberships(chain, hotkeys);
    state.membershipsAt = block;
    state.hotkeys = hotkeys.join();
  }

  async #read(chain: Chain, state: NetworkState, netuid: number): Promise<void> {
    const { fleet, networks } = this.#parts;
    const found = await this.#readers.metagraph(chain, netuid).catch((error: unknown) => {
      if (error instanceof HeadframeError && error.reason === 'subnet_not_found') return undefined;
      throw error;
    });
    const moves = found && (await this.#moves(chain, found));
    // The network may be another by now.
    if (!networks.connections().includes(chain)) return;
    state.reads += 1;
    if (found === undefined) {
      state.readings.delete(netuid);
      fleet.transact((tx) => keepGone(tx, { network: chain.network, netuid, block: chain.finalized?.number ?? 0 }));
      return;
    }
    const { value: earnings } = fleet.transact((tx) => keepTaken(tx, { now: found, moves, hotkeys: hotkeysOf(tx) }));
    for (const { hotkey, entry } of earnings) this.#count(chain.network, netuid, hotkey, BigInt(entry.earned));
    state.readings.set(netuid, { metagraph: found, atMs: this.#parts.clock.nowMs() });
  }

  /** Only runtimes that pay in every block without saying how much need it. */
  async #moves(chain: Chain, { netuid, block, stepsEachBlock }: Metagraph): Promise<Moves | undefined> {
    const before = this.#parts.fleet.subnet(chain.network, netuid);
    if (!stepsEachBlock || before === undefined || Object.keys(before.marks).length === 0) return undefined;
    return this.#readers.moves(chain, { netuid, from: before.block, to: block.number });
  }

  #forget(network: string, state: NetworkState, netuid: number): void {
    state.readings.delete(netuid);
    this.#parts.fleet.transact((tx) => {
      tx.removeSubnet(network, netuid);
    });
  }

  #count(network: string, netuid: number, hotkey: string, earned: bigint): void {
    const key = `${subnetKey(network, netuid)}/${hotkey}`;
    const before = this.#earned.get(key)?.earned ?? 0n;
    this.#earned.set(key, { network, netuid, hotkey, earned: before + earned });
  }

  #failed(network: string, state: NetworkState, error: unknown): void {
    const { clock, logger } = this.#parts;
    state.retryAtMs = clock.monotonicMs() + RETRY_MS;
    state.failure =
      error instanceof HeadframeError
        ? error
        : new HeadframeError({ code: 'internal', reason: 'internal', message: String(error), cause: error });
    logger.warn({ network, err: error }, 'subnets could not be read; they are read again');
  }

  #wanted(network: string): ReadonlyMap<number, SubnetCause[]> {
    const { fleet } = this.#parts;
    const memberships = this.#states.get(network)?.memberships ?? new Map<string, number[]>();
    const followed = [...fleet.subnets()].filter((record) => record.network === network && record.followed);
    const miners = [...fleet.miners()].flatMap(({ spec }) => {
      const chain = spec.module?.chain;
      return chain?.network === network ? [chain.netuid] : [];
    });
    return wantedSubnets({ miners, memberships, followed: followed.map(({ netuid }) => netuid) });
  }

  #stateOf(network: string): NetworkState {
    const known = this.#states.get(network);
    if (known !== undefined) return known;
    const state = {
      ...{ readings: new Map<number, Reading>(), memberships: new Map<string, number[]>(), membershipsAt: undefined },
      ...{ hotkeys: '', isBusy: false, retryAtMs: 0, failure: undefined, reads: 0 },
    };
    this.#states.set(network, state);
    return state;
  }
}

/** Addresses of the hotkeys of all wallets. */
function hotkeysOf(fleet: Pick<FleetReader, 'wallets'>): ReadonlySet<string> {
  return new Set([...fleet.wallets()].flatMap(({ hotkeys }) => hotkeys.map(({ address }) => address)));
}
