import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import type { HeadNews, HeadOrder, HeadStart } from '../../../../common/model/space-head.js';
import { parseNodes } from '../alone/node-list.js';
import { describeReport } from '../alone/describe-report.js';
import { openMinerKey } from '../format/miner-key.js';
import type { MinerKey } from '../format/miner-key.js';
import { SpaceMiner } from '../mine/space-miner.js';
import type { MinerReport } from '../mine/space-miner.js';
import { MOST_TRANSACTIONS, TransactionPool } from '../mine/transaction-pool.js';
import { usualClient } from '../node/usual-client.js';
import { FleetProver } from './fleet-prover.js';

const [DIFFICULTY_WAIT_MS, SILENCE_MS, INTERVAL_MS, STAND_EVERY_MS] = [2000, 900_000, 5000, 500];

/** The part of a fleet's space miner that speaks with the node and signs: in a process of its own, so that what nodes send reaches no other. */
export class Head {
  readonly #prover: FleetProver;
  readonly #miner: SpaceMiner;
  readonly #tell: (news: HeadNews) => void;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #peer = '';

  /** Throws `HeadframeError` ('space_key_invalid', 'space_key_other'). */
  constructor(start: HeadStart, clock: Clock, tell: (news: HeadNews) => void) {
    const key = keyOf(start);
    const nodes = parseNodes(start.nodes.join(','), 0);
    // The manifest's schema takes no other texts.
    if (nodes === undefined) throw new RangeError(`no nodes: ${start.nodes.join(', ')}`);
    this.#tell = tell;
    this.#clock = clock;
    this.#prover = new FleetProver({ key, deadlineMs: start.deadlineMs, tell });
    const authorities = start.authorities === '' ? undefined : Buffer.from(start.authorities);
    const client = usualClient(
      {
        ...{ nodes, tls: start.tls ? { authorities } : undefined, silenceMs: SILENCE_MS, pingAfterMs: undefined },
        greeting: { nodeId: start.minerId, userAgent: `Headframe/${start.version}` },
        ...{ intervalMs: INTERVAL_MS, mostAtStart: Infinity },
      },
      clock,
    );
    const { announce, difficulty } = start;
    const pool = start.collectTransactions ? new TransactionPool(MOST_TRANSACTIONS) : undefined;
    this.#miner = new SpaceMiner(
      { minerKey: key, difficulty: BigInt(difficulty), announce, difficultyWaitMs: DIFFICULTY_WAIT_MS },
      { client, prover: this.#prover, clock, pool, report: (report) => this.#take(report) },
    );
  }

  /** Mines until it is told to stop. */
  async run(): Promise<void> {
    const over = new AbortController();
    const standing = this.#stand(over.signal);
    try {
      await this.#miner.run(this.#stop.signal);
    } finally {
      over.abort();
      await standing;
    }
  }

  hear(order: Exclude<HeadOrder, HeadStart>): void {
    if (order.kind === 'stop') this.#stop.abort();
    else this.#prover.hear(order.scan, order.answers);
  }

  #take(report: MinerReport): void {
    if (report.kind === 'connected') this.#peer = report.node;
    if (report.kind === 'disconnected') this.#peer = '';
    const { level, text } = describeReport(report);
    if (report.kind === 'connected') this.#tell({ kind: 'fact', fact: 'space_node_connected', text });
    else if (report.kind === 'disconnected') this.#tell({ kind: 'fact', fact: 'space_node_lost', text });
    else if (report.kind === 'note' && report.note.note === 'won')
      this.#tell({ kind: 'fact', fact: 'space_block_won', text });
    else if (report.kind === 'note' && report.note.note === 'own-accepted')
      this.#tell({ kind: 'fact', fact: 'space_block_accepted', text });
    else if (level !== 'info') this.#tell({ kind: 'fact', fact: 'space_round_failed', text });
  }

  /** Tells how it stands whenever that changes, also at its end. */
  async #stand(signal: AbortSignal): Promise<void> {
    let told = '';
    const tellChange = (): void => {
      const { counters, phase } = this.#miner;
      const height = phase.status === 'waiting' ? '' : String(phase.goal.tipHeight);
      const standing = { counters, peer: this.#peer, height };
      if (JSON.stringify(standing) === told) return;
      told = JSON.stringify(standing);
      this.#tell({ kind: 'standing', standing });
    };
    while (!signal.aborted) {
      tellChange();
      await this.#clock.sleep(STAND_EVERY_MS, signal).catch(() => undefined);
    }
    tellChange();
  }
}

function keyOf({ key, minerId }: HeadStart): MinerKey {
  const opened = openMinerKey(key);
  if (opened.minerId.toString('hex') === minerId) return opened;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'space_key_other',
    message: `the secret holds the key of ${opened.minerId.toString('hex')}, and the manifest names ${minerId}`,
    remedy: 'Correct minerId, or name the right secret.',
  });
}

/** What a process tells of an error. */
export function failedNews(error: unknown): HeadNews {
  const { reason, message } = toHeadframeError(error);
  return { kind: 'failed', reason, text: message };
}
