import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorRole } from '../../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { IntentState } from '../../../../common/gen/headframe/v1/intent_pb.js';
import type { Intent } from '../../../../common/gen/headframe/v1/intent_pb.js';
import { IntentService } from '../../../../common/gen/headframe/v1/intent_service_pb.js';
import { StakeService } from '../../../../common/gen/headframe/v1/stake_service_pb.js';
import { WalletService } from '../../../../common/gen/headframe/v1/wallet_service_pb.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import { createClient } from '../../../../common/rpc/index.js';
import { historyMs } from '../../../support/cluster-history/history.js';
import type { HistoryEvent } from '../../../support/cluster-history/history.js';
import { between, oneOf } from '../../../support/seeded-random.js';
import type { Random } from '../../../support/seeded-random.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Member } from '../member.js';
import { HOTKEY, NETWORK, PASSPHRASE, WALLET } from './paying-cluster.js';
import type { PayingCluster } from './paying-cluster.js';

/** What a client is. */
export interface PayingClientParts {
  readonly cluster: PayingCluster;
  readonly random: Random;
  readonly note: (event: HistoryEvent) => void;
}

const ASK_MS = 4_000;
const LOOK_MS = 3_000;
const MIDST_MS = 4_000;
/** About what it takes from then until it is sent. */
const SENDING_MS = 500;
const AUTHORS = 3;
const UNLOCK_EVERY_MS = 250;
const LOOK_EVERY_MS = 300;
/** Most that what was asked for takes to come to its end while nothing befalls anybody. */
const SEEN_MS = 120_000;

/** Authors who ask to stake one amount after the other, each until it is acknowledged and then paid; the wallet is unlocked wherever it is locked. */
export class PayingClient {
  readonly #parts: PayingClientParts;
  readonly #over = new AbortController();
  readonly #authors: Promise<unknown>;
  readonly #unlocking: Promise<void>;
  readonly #isEnough = new AbortController();
  readonly #keys = new Set<string>();
  #at: Member;
  /** How many payments were acknowledged. */
  acknowledged = 0;

  constructor(parts: PayingClientParts) {
    this.#parts = parts;
    this.#at = parts.cluster.islands.members[0];
    this.#authors = Promise.all(Array.from({ length: AUTHORS }, () => this.#author()));
    this.#unlocking = this.#unlock();
  }

  /** Waits until the chain has one of its payments for good. */
  async firstPaid(): Promise<void> {
    await this.#seen('a first payment', (intents) => intents.some(({ state }) => state === IntentState.FINALISED));
  }

  /** Resolves when a payment was acknowledged a moment ago, which is when it is about to be signed and sent; soon where none is. */
  async midst(): Promise<void> {
    const before = this.acknowledged;
    await waitFor('the next payment', () => this.acknowledged > before, MIDST_MS).catch(() => undefined);
    await sleep(between(this.#parts.random, 0, SENDING_MS));
  }

  /** Asks for nothing more, and resolves with what became of all that was asked for, once that has come to its end. */
  async ended(): Promise<readonly Intent[]> {
    this.#isEnough.abort();
    await this.#authors;
    return this.#seen('all payments to end', (intents) => intents.every(({ state }) => state >= IntentState.FINALISED));
  }

  /** Waits until this client's payments are as wanted; in vain, what each waits for is told. */
  async #seen(what: string, isThere: (intents: readonly Intent[]) => boolean): Promise<readonly Intent[]> {
    let seen: readonly Intent[] = [];
    const look = async (): Promise<readonly Intent[] | undefined> => {
      seen = await this.#intents();
      return isThere(seen) ? seen : undefined;
    };
    try {
      return await waitFor(what, look, SEEN_MS);
    } catch (cause) {
      const told = seen.map(({ key, state, why }) => `${key} is ${String(state)}: ${why}`);
      throw new Error(`waited in vain for ${what}\n${told.join('\n')}`, { cause });
    }
  }

  /** What the one that leads knows of them. */
  async #intents(): Promise<readonly Intent[]> {
    const { calls } = await this.#parts.cluster.islands.leader();
    const asked = { wallet: WALLET, ended: true, pageSize: 1_000 };
    const { intents } = await createClient(IntentService, calls.channel).listIntents(asked, { timeoutMs: LOOK_MS });
    return intents.filter(({ key }) => this.#keys.has(key));
  }

  /** Leaves the wallet as it is from now on. */
  async stop(): Promise<void> {
    this.#isEnough.abort();
    this.#over.abort();
    await Promise.all([this.#authors, this.#unlocking]);
  }

  async #author(): Promise<void> {
    const { cluster, random } = this.#parts;
    const isEnough = (): boolean => this.#isEnough.signal.aborted;
    while (!isEnough()) {
      const amount = cluster.nextAmount();
      // What is not known to be on record is asked for again: nothing may come of it later that nobody waits for.
      while (!(await this.#ask(amount)) && !this.#over.signal.aborted) await sleep(between(random, 50, 200));
      while (!isEnough() && (await this.#isOpen(amount))) await sleep(LOOK_EVERY_MS);
    }
  }

  /** Also where nobody says. */
  async #isOpen(amount: bigint): Promise<boolean> {
    const intents = await this.#intents().catch(() => []);
    const intent = intents.find(({ key }) => key === keyOf(String(amount)));
    return intent === undefined || intent.state < IntentState.FINALISED;
  }

  async #ask(amount: bigint): Promise<boolean> {
    const key = keyOf(String(amount));
    this.#keys.add(key);
    const [startMs, member] = [historyMs(), this.#at];
    const of = { kind: 'asked', intent: key, startMs } as const;
    const pay = { wallet: WALLET, key };
    const asked = { network: NETWORK, pay, hotkey: HOTKEY, netuid: 0, amountPlanck: String(amount) };
    try {
      await createClient(StakeService, member.calls.channel).addStake(asked, { timeoutMs: ASK_MS });
      this.#parts.note({ ...of, endMs: historyMs(), outcome: 'acknowledged' });
      this.acknowledged += 1;
      return true;
    } catch (error) {
      const { reason, metadata } = toHeadframeError(error);
      this.#parts.note({ ...of, endMs: historyMs(), outcome: 'unknown', reason });
      this.#turn(metadata['leader']);
      return false;
    }
  }

  /** To the leader that is named, else to any. */
  #turn(leader: string | undefined): void {
    const { cluster, random } = this.#parts;
    const { members } = cluster.islands;
    this.#at = members.find(({ address }) => address === leader) ?? oneOf(random, members);
  }

  /** Which wallet is unlocked is forgotten with the one that leads. */
  async #unlock(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await Promise.all(this.#parts.cluster.islands.members.map((member) => unlockAt(member).catch(() => undefined)));
      await sleep(UNLOCK_EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }
}

/** The name that a payment goes by, to its author and in the history. */
export function keyOf(amount: string): string {
  return `stake-${amount}`;
}

async function unlockAt({ calls }: Member): Promise<void> {
  const told = await calls.coordinator.getCoordinator({}, { timeoutMs: LOOK_MS });
  if (told.role !== CoordinatorRole.LEADER) return;
  const wallets = createClient(WalletService, calls.channel);
  const { wallet } = await wallets.getWallet({ name: WALLET }, { timeoutMs: LOOK_MS });
  if (wallet?.unlockedUntilMs !== 0n) return;
  await wallets.unlockWallet({ name: WALLET, passphrase: PASSPHRASE }, { timeoutMs: 10_000 });
}
