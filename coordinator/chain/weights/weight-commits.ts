import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { IntentRecord } from '../../../common/model/intent.js';
import { weightCommitKey } from '../../../common/model/weight-commit.js';
import type { WeightCommitPlace, WeightCommitRecord } from '../../../common/model/weight-commit.js';
import type { WeightReason } from '../../../common/model/weight-reasons.js';
import type { Logger } from '../../../common/observe/logger.js';
import { isLastWord } from '../../last-word.js';
import type { FleetPort, FleetReader, Transaction } from '../../fleet/port.js';
import type { Secrets } from '../../security/secrets/index.js';
import type { Payer } from '../extrinsics/index.js';
import { NetworkPasses } from '../network-passes.js';
import type { Chain } from '../port.js';
import { hiddenWeightsCall, readWeightsTerms } from '../registration/index.js';
import type { HiddenWeights, RevealWindow } from '../registration/index.js';
import { commitOpen, hiddenOf, hiddenToBytes, sealedPlace } from './hidden.js';
import { planCommit } from './plan-commit.js';
import type { CommitStep } from './plan-commit.js';
import { afterCalls, ended, revealKey } from './rounds.js';

/** What committed weights are revealed with. */
export interface WeightCommitsParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly secrets: Pick<Secrets, 'sealing' | 'unseal'>;
  readonly payer: Pick<Payer, 'pay'>;
  /** Throws `HeadframeError` (not_found, 'network_not_found'). */
  readonly networks: { find(name: string): Chain };
}

/** Weights to be committed. */
export interface NewWeightCommit extends WeightCommitPlace {
  readonly wallet: string;
  /** By name. */
  readonly hotkey: string;
  /** Of the intent that will commit. */
  readonly key: string;
  readonly hash: string;
  readonly hidden: HiddenWeights;
  readonly giveUpAtMs: number;
}

/** Where committed weights stand. */
export interface CommitStanding {
  readonly reason: WeightReason;
  readonly text: string;
  readonly window: RevealWindow | undefined;
}

/** Between two looks at what is due, at a chain that nothing is known to have changed of, and after a failure; milliseconds. */
const TIMES = { tickMs: 2_000, lookMs: 30_000, retryMs: 6_000 } as const;
/** After which a reveal is not begun that goes by what was read before; another is then. */
const STALE_MS = 600_000;

interface Look {
  readonly id: string;
  readonly standing: CommitStanding;
  /** How its calls stood. */
  readonly calls: string;
  readonly dueAtMs: number;
  /** Best block upon which it is looked at in any case. */
  readonly dueAtBlock: number | undefined;
}

/**
 * Commits weights and reveals them when their chain takes that.
 *
 * Invariants: what is hidden is durable before its hash is sent; each call has a key of its own, so that a crash at any point
 * finds it again; a place has one open commit; one that is neither revealed nor to be revealed any more has ended with a why.
 */
export class WeightCommits {
  readonly #parts: WeightCommitsParts;
  readonly #looks = new Map<string, Look>();
  readonly #passes: NetworkPasses<readonly WeightCommitRecord[]>;

  constructor(parts: WeightCommitsParts) {
    this.#parts = parts;
    this.#passes = new NetworkPasses<readonly WeightCommitRecord[]>({
      ...{ clock: parts.clock, tickMs: TIMES.tickMs, due: () => this.#due() },
      pass: (records, signal) => this.#pass(records, signal),
    });
  }

  /** Where a commit stood when it was looked at last; undefined before that. */
  standingOf(record: WeightCommitRecord): CommitStanding | undefined {
    const look = this.#looks.get(weightCommitKey(record));
    return look?.id === record.id ? look.standing : undefined;
  }

  /** Throws `HeadframeError` (failed_precondition, 'weights_commit_open') where weights of another call are hidden yet. */
  requireNone(place: WeightCommitPlace, key: string, reader: FleetReader = this.#parts.fleet): void {
    const open = reader.weightCommit(place);
    if (open === undefined || open.end !== undefined || open.key === key) return;
    throw commitOpen(open, this.standingOf(open)?.window);
  }

  /** Keeps weights that are to be committed; those of the same key again are the same. Throws what `requireNone` throws. */
  async keep({ hidden, ...commit }: NewWeightCommit): Promise<WeightCommitRecord> {
    const { seal } = await this.#parts.secrets.sealing();
    const id = this.#parts.newId();
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const before = tx.weightCommit(commit);
      if (before !== undefined && before.key === commit.key) return before;
      this.requireNone(commit, commit.key, tx);
      const envelope = seal(tx, hiddenToBytes(hidden), sealedPlace({ ...commit, id }));
      const record = { ...commit, id, envelope, tries: 0, createdAtMs: tx.atMs };
      tx.putWeightCommit(record);
      return record;
    });
    await durable;
    return value;
  }

  /** Forgets weights whose commit was refused, unless it was asked for all the same. */
  async drop({ id, ...place }: WeightCommitRecord): Promise<void> {
    const { durable } = this.#parts.fleet.transact((tx) => {
      const record = tx.weightCommit(place);
      if (record?.id === id && callsOf(tx, record).commit === undefined) tx.removeWeightCommit(place);
    });
    await durable;
  }

  /** Looks until the signal; rejects once nothing can be written down any more. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#passes.start(signal);
  }

  #due(): Map<string, WeightCommitRecord[]> {
    const due = new Map<string, WeightCommitRecord[]>();
    for (const record of this.#parts.fleet.weightCommits()) {
      if (record.end !== undefined || !this.#isDue(record)) continue;
      due.set(record.network, [...(due.get(record.network) ?? []), record]);
    }
    return due;
  }

  #isDue(record: WeightCommitRecord): boolean {
    const { clock, fleet } = this.#parts;
    const look = this.#looks.get(weightCommitKey(record));
    if (look?.id !== record.id || look.dueAtMs <= clock.monotonicMs()) return true;
    if (look.calls !== markOf(callsOf(fleet, record))) return true;
    return look.dueAtBlock !== undefined && (this.#chainOf(record)?.best?.number ?? 0) >= look.dueAtBlock;
  }

  #chainOf({ network }: WeightCommitRecord): Chain | undefined {
    try {
      return this.#parts.networks.find(network);
    } catch {
      return undefined; // its look tells why
    }
  }

  async #pass(records: readonly WeightCommitRecord[], signal: AbortSignal): Promise<void> {
    for (const one of records) {
      if (signal.aborted) return;
      const calls = markOf(callsOf(this.#parts.fleet, one));
      const record = await this.#settle(one);
      if (record === undefined || record.end !== undefined) continue;
      const { reason, text, atBlock, window = this.standingOf(record)?.window } = await this.#look(record);
      const afterMs = reason === 'weights_delayed' ? TIMES.retryMs : TIMES.lookMs;
      const due = { dueAtMs: this.#parts.clock.monotonicMs() + afterMs, dueAtBlock: atBlock };
      this.#looks.set(weightCommitKey(record), { id: record.id, standing: { reason, text, window }, calls, ...due });
    }
  }

  /** Keeps what the calls came to, durably. */
  async #settle(one: WeightCommitRecord): Promise<WeightCommitRecord | undefined> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const record = tx.weightCommit(one);
      if (record === undefined) return undefined;
      const after = afterCalls(record, callsOf(tx, record));
      if (after !== record) put(tx, after);
      return after;
    });
    await durable;
    return value;
  }

  /** Takes the next step. Rejects when the store has failed. */
  async #look(record: WeightCommitRecord): Promise<Pick<CommitStep, 'reason' | 'text' | 'atBlock' | 'window'>> {
    const { fleet, networks, clock, logger } = this.#parts;
    try {
      const { network, netuid, address: hotkey } = record;
      const terms = await readWeightsTerms(networks.find(network), { network, netuid, hotkey });
      // After the chain: of a call that ended meanwhile the block that was read may know nothing.
      const step = planCommit(record, { nowMs: clock.nowMs(), terms, ...callsOf(fleet, record) });
      await this.#carryOut(record, step);
      return step;
    } catch (thrown) {
      const error = toHeadframeError(thrown);
      if (isLastWord(error)) throw error;
      if (error.reason === 'unforeseen') logger.error({ err: thrown }, 'a look at committed weights failed');
      return { reason: 'weights_delayed', text: error.message };
    }
  }

  async #carryOut(record: WeightCommitRecord, { act, text }: CommitStep): Promise<void> {
    if (act === 'wait') return;
    if (act === 'commit') return this.#commit(record);
    if (act === 'reveal') return this.#reveal(record);
    const { durable } = this.#parts.fleet.transact((tx) => {
      // Whatever changed meanwhile is judged by the next look.
      if (tx.weightCommit(record) === record) put(tx, ended(record, { state: act, text, atMs: tx.atMs }));
    });
    await durable;
  }

  async #commit({ network, netuid, wallet, hotkey, hash, key, giveUpAtMs }: WeightCommitRecord): Promise<void> {
    const call = hiddenWeightsCall(this.#parts.networks.find(network), { kind: 'commit_weights', netuid, hash });
    const purpose = `Commit weights of ${wallet}/${hotkey} in subnet ${String(netuid)}`;
    await this.#parts.payer.pay({ ...call, key, network, wallet: `${wallet}/${hotkey}`, purpose, giveUpAtMs });
  }

  async #reveal(record: WeightCommitRecord): Promise<void> {
    const { network, netuid, wallet, hotkey, envelope } = record;
    if (envelope === undefined) return;
    const { payer, secrets, networks, clock } = this.#parts;
    const hidden = hiddenOf(secrets.unseal(envelope, sealedPlace(record)));
    const call = hiddenWeightsCall(networks.find(network), { kind: 'reveal_weights', netuid, ...hidden });
    const purpose = `Reveal weights of ${wallet}/${hotkey} in subnet ${String(netuid)}`;
    const giveUpAtMs = clock.nowMs() + STALE_MS;
    await payer.pay({ ...call, key: revealKey(record), network, wallet: `${wallet}/${hotkey}`, purpose, giveUpAtMs });
  }
}

function put(tx: Transaction, record: WeightCommitRecord): void {
  tx.putWeightCommit(record);
  const { end, wallet, hotkey, netuid, network } = record;
  if (end === undefined) return;
  const text = `Weights of ${wallet}/${hotkey} in subnet ${String(netuid)} of ${network}: ${end.text}`;
  tx.event({ subject: 'fleet', id: '', reason: `weights_${end.state}`, text });
}

/** The calls of a commit, by their keys. */
interface CommitCalls {
  readonly commit: IntentRecord | undefined;
  readonly reveal: IntentRecord | undefined;
}

function callsOf(fleet: Pick<FleetReader, 'intents'>, record: WeightCommitRecord): CommitCalls {
  const key = revealKey(record);
  let [commit, reveal]: (IntentRecord | undefined)[] = [];
  for (const intent of fleet.intents()) {
    if (intent.network !== record.network) continue;
    if (intent.key === record.key) commit = intent;
    if (intent.key === key) reveal = intent;
  }
  return { commit, reveal };
}

function markOf({ commit, reveal }: CommitCalls): string {
  return [commit, reveal].map((call) => (call === undefined ? '' : `${call.id} ${call.state}`)).join();
}
