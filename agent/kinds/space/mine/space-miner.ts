import type { Clock } from '../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { HeadframeError } from '../../../../common/model/error.js';
import { decodeBlock, decodeBlockHeader } from '../format/block.js';
import { decodeTransaction } from '../format/transaction.js';
import type { NodeClient } from '../node/node-client.js';
import type { NodeMessage } from '../wire/message.js';
import type {
  MineCounters,
  MineEvent,
  MineNote,
  MineSettings,
  MineState,
  MineStep,
  RoundPhase,
  SendStep,
} from './mine-state.js';
import type { FoundProof, RoundGoal } from './own-block.js';
import { advance, BOOTED } from './round.js';
import type { TransactionPool } from './transaction-pool.js';

/** Finds the best proof of all plots. */
export interface Prover {
  /**
   * The best proof that there is for a challenge, by its own deadline; undefined where no plot answers. Rejects for what is no plot's fault,
   * and soon after the signal is aborted.
   */
  prove(goal: RoundGoal, signal: AbortSignal): Promise<FoundProof | undefined>;
}

/** What a miner tells its owner. */
export type MinerReport =
  | { readonly kind: 'note'; readonly note: MineNote }
  | { readonly kind: 'connected'; readonly node: string }
  | { readonly kind: 'disconnected'; readonly node: string; readonly why: HeadframeError }
  /** No node was connected any more when something was to be sent: it goes to the next one, unless a newer block comes first. */
  | { readonly kind: 'not-sent'; readonly what: 'proof' | 'block' }
  | { readonly kind: 'failed'; readonly what: 'proving' | 'sending' | 'reading'; readonly why: HeadframeError };

/** What a miner works with. */
export interface MinerTools {
  readonly client: Pick<NodeClient, 'run' | 'send'>;
  readonly prover: Prover;
  readonly clock: Clock;
  /** Undefined to leave blocks empty. */
  readonly pool: TransactionPool | undefined;
  readonly report: (report: MinerReport) => void;
}

/** Mines: hears of blocks, has them proven, sends proofs and blocks. What to do is decided by `advance` alone. */
export class SpaceMiner {
  readonly #settings: MineSettings;
  readonly #tools: MinerTools;
  #state: MineState = BOOTED;
  /** Ends what the current round waits for. */
  #round = new AbortController();
  readonly #sending = new Set<Promise<unknown>>();

  constructor(settings: MineSettings, tools: MinerTools) {
    this.#settings = settings;
    this.#tools = tools;
  }

  /** What was counted since the start. */
  get counters(): MineCounters {
    return this.#state.counters;
  }

  /** Where the current round stands, or the last one. */
  get phase(): RoundPhase {
    return this.#state.phase;
  }

  /** Mines until the signal is aborted; then what is being sent has still gone out. Throws like `NodeClient.run`. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, report } = this.#tools;
    const leave = new AbortController();
    const stop = (): void => {
      this.#round.abort();
      void this.#allSent().then(() => leave.abort());
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) leave.abort();
    const nameOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
      `${host}:${String(port)}`;
    try {
      await client.run(
        {
          onOpen: (node) => {
            report({ kind: 'connected', node: nameOf(node) });
            this.#hear({ kind: 'connected' });
          },
          onMessage: (message) => this.#take(message),
          onEnd: (node, why) => report({ kind: 'disconnected', node: nameOf(node), why }),
        },
        leave.signal,
      );
    } finally {
      signal.removeEventListener('abort', stop);
      this.#round.abort();
    }
  }

  #take(message: NodeMessage): void {
    try {
      this.#read(message);
    } catch (error) {
      // A block or a transaction that cannot be read is left out; mining goes on.
      this.#tools.report({ kind: 'failed', what: 'reading', why: toHeadframeError(error) });
    }
  }

  #read(message: NodeMessage): void {
    const { pool } = this.#tools;
    if (message.type === 'BlockAccepted') this.#hear({ kind: 'accepted', hash: message.hash, height: message.height });
    if (message.type === 'Block') this.#hear({ kind: 'header', header: decodeBlockHeader(message.data) });
    if (pool === undefined) return;
    if (message.type === 'Block' || message.type === 'NewBlock') pool.remove(decodeBlock(message.data).transactions);
    if (message.type === 'Transaction') pool.add(decodeTransaction(message.data));
  }

  #hear(event: MineEvent): void {
    const { clock, pool } = this.#tools;
    const world = { nowS: BigInt(Math.floor(Math.max(0, clock.nowMs()) / 1000)), waiting: pool?.waiting ?? [] };
    const { state, steps } = advance(this.#state, event, this.#settings, world);
    this.#state = state;
    for (const step of steps) this.#do(step);
  }

  #do(step: MineStep): void {
    const { report, client, clock } = this.#tools;
    switch (step.kind) {
      case 'tell':
        report({ kind: 'note', note: step });
        return;
      case 'prove':
        this.#round.abort();
        this.#round = new AbortController();
        return void this.#prove(step.goal, this.#round.signal);
      case 'ask-block':
        return void client.send(step.message);
      case 'submit':
        return void this.#send(step, [client.send(step.message)]);
      case 'await-difficulty':
        return void clock.sleep(step.waitMs, this.#round.signal).then(
          () => this.#hear({ kind: 'difficulty-due', challenge: step.challenge }),
          // The round is over already.
          () => undefined,
        );
      case 'broadcast':
        this.#tools.pool?.remove(step.block.transactions);
        return void this.#send(
          step,
          step.messages.map((message) => client.send(message)),
        );
    }
  }

  /** Bounded, since a connection on which nothing moves ends by itself. */
  async #allSent(): Promise<void> {
    // What begins in this very turn counts, too.
    await Promise.resolve();
    while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
  }

  async #prove(goal: RoundGoal, signal: AbortSignal): Promise<void> {
    let found: FoundProof | undefined;
    try {
      found = await this.#tools.prover.prove(goal, signal);
    } catch (error) {
      if (!signal.aborted) this.#tools.report({ kind: 'failed', what: 'proving', why: toHeadframeError(error) });
    }
    if (!signal.aborted) this.#hear({ kind: 'proved', challenge: goal.challenge, found });
  }

  async #send(step: SendStep, sending: readonly Promise<boolean>[]): Promise<void> {
    const { report } = this.#tools;
    const all = Promise.all(sending);
    this.#sending.add(all);
    try {
      const isTaken = (await all).includes(true);
      if (!isTaken) report({ kind: 'not-sent', what: step.kind === 'submit' ? 'proof' : 'block' });
      this.#hear({ kind: isTaken ? 'sent' : 'not-sent', step });
    } catch (error) {
      report({ kind: 'failed', what: 'sending', why: toHeadframeError(error) });
    } finally {
      this.#sending.delete(all);
    }
  }
}
