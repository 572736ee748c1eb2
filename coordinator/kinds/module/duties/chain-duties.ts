import { placeOf } from '../../../../common/model/admission.js';
import type { AdmissionRecord } from '../../../../common/model/admission.js';
import type { Clock } from '../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { ModuleChain } from '../../../../common/model/module-spec.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { Payer } from '../../../chain/extrinsics/index.js';
import type { FleetPort, Transaction } from '../../../fleet/port.js';
import { viewDuties } from './duty-facts.js';
import type { DutySight } from './duty-facts.js';
import { makeCall } from './make-call.js';
import { planDuties } from './plan-duties.js';
import type { DutyStep, DutyView } from './plan-duties.js';

/** What the duties of miners work with. */
export interface DutiesParts extends DutySight {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly payer: Pick<Payer, 'pay'>;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** How often is looked; in milliseconds. */
interface DutyTimes {
  /** Between two looks at what is due. */
  readonly tickMs: number;
  /** Of a miner that lacks something, and of one that has all. */
  readonly pendingMs: number;
  readonly settledMs: number;
}

const TIMES: DutyTimes = { tickMs: 2_000, pendingMs: 12_000, settledMs: 300_000 };
/** Before a text is written anew that says nothing else. */
const RETELL_MS = 120_000;

type Why = Pick<AdmissionRecord, 'reason' | 'text'>;
type Judged = Why & Pick<AdmissionRecord, 'state' | 'block'>;

interface Look {
  /** What was looked at: its spec and where it runs. */
  readonly mark: string;
  readonly dueAtMs: number;
}

/**
 * Sees to it that miners that work on a chain have their place there, the stake that they want, and their endpoint told. Level
 * by level: the chain, the fleet and the intents are read anew for each look, and at most one call is asked for upon it. One
 * network that is away holds up its own miners alone.
 */
export class ChainDuties {
  readonly #parts: DutiesParts;
  readonly #times: DutyTimes;
  readonly #looks = new Map<string, Look>();
  readonly #busy = new Map<string, Promise<void>>();

  constructor(parts: DutiesParts, times: DutyTimes = TIMES) {
    this.#parts = parts;
    this.#times = times;
  }

  /** Looks until the signal; rejects when the store has failed. */
  async start(signal: AbortSignal): Promise<void> {
    let tellFailed: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_resolve, reject) => (tellFailed = reject));
    const ticks = this.#tick(signal, (error) => tellFailed(error));
    await Promise.race([ticks, failed]);
    await Promise.all(this.#busy.values());
  }

  async #tick(signal: AbortSignal, fail: (error: unknown) => void): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      for (const [network, due] of this.#due()) {
        if (this.#busy.has(network)) continue;
        const pass = this.#pass(due, signal).then(() => undefined, fail);
        this.#busy.set(network, pass);
        void pass.finally(() => this.#busy.delete(network));
      }
      await clock.sleep(this.#times.tickMs, signal).catch(() => undefined);
    }
  }

  /** Names of the miners to be looked at, by network; others are forgotten. */
  #due(): Map<string, string[]> {
    const nowMs = this.#parts.clock.monotonicMs();
    const due = new Map<string, string[]>();
    const known = new Set<string>();
    for (const miner of this.#parts.fleet.miners()) {
      const { spec, stopped, deleting } = miner;
      const chain = spec.module?.chain;
      if (chain === undefined || stopped || deleting) continue;
      known.add(spec.name);
      const look = this.#looks.get(spec.name);
      if (look !== undefined && look.mark === this.#markOf(miner) && look.dueAtMs > nowMs) continue;
      due.set(chain.network, [...(due.get(chain.network) ?? []), spec.name]);
    }
    for (const name of this.#looks.keys()) if (!known.has(name)) this.#looks.delete(name);
    return due;
  }

  #markOf({ spec, specRevision }: MinerRecord): string {
    const running = [...this.#parts.fleet.instancesOf(spec.name)].filter(({ state }) => state === 'running');
    return [specRevision, ...running.map(({ serial, hostId }) => `${String(serial)}@${hostId ?? ''}`)].join(' ');
  }

  async #pass(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (const name of names) {
      const miner = this.#parts.fleet.miner(name);
      const chain = miner?.spec.module?.chain;
      if (signal.aborted) return;
      if (miner === undefined || chain === undefined || miner.stopped || miner.deleting) continue;
      const mark = this.#markOf(miner);
      const settled = await this.#look(miner, chain);
      const { pendingMs, settledMs } = this.#times;
      const dueAtMs = this.#parts.clock.monotonicMs() + (settled ? settledMs : pendingMs);
      this.#looks.set(name, { mark, dueAtMs });
    }
  }

  /** Whether all is as wanted. Rejects when the store has failed. */
  async #look(miner: MinerRecord, chain: ModuleChain): Promise<boolean> {
    const { name } = miner.spec;
    try {
      const view = await viewDuties(this.#parts, miner, chain);
      const plan = planDuties(view);
      const refusal = plan.step && (await this.#call(view, plan.step));
      const block = plan.reason === 'chain_behind' ? view.admission?.block : view.terms.best;
      await this.#judged(name, chain, { ...plan, ...refusal, block });
      return plan.step === undefined && plan.reason === 'duties_done';
    } catch (thrown) {
      const why = this.#whyOf(name, thrown);
      const before = this.#parts.fleet.miner(name)?.admission;
      // What could not be looked at changes nothing of whether a miner may run.
      const kept = before?.place === placeOf(chain) ? before : undefined;
      await this.#judged(name, chain, { state: kept?.state ?? 'held', block: kept?.block, ...why });
      return false;
    }
  }

  /** Resolves with why a call is not made; undefined once it is durable. */
  async #call(view: DutyView, step: DutyStep): Promise<Why | undefined> {
    try {
      await makeCall(this.#parts, view, step);
      return undefined;
    } catch (thrown) {
      return this.#whyOf(view.duties.hotkey, thrown);
    }
  }

  /** Throws what the store throws. */
  #whyOf(who: string, thrown: unknown): Why {
    const error = toHeadframeError(thrown);
    if (error.reason === 'store_failed') throw error;
    if (error.reason === 'unforeseen') this.#parts.logger.error({ err: thrown, who }, 'duties failed unforeseen');
    return { reason: error.reason, text: error.message };
  }

  async #judged(name: string, chain: ModuleChain, judged: Judged): Promise<void> {
    const { durable } = this.#parts.fleet.transact((tx) => {
      const miner = tx.miner(name);
      const now = miner?.spec.module?.chain;
      // It may work elsewhere by now.
      if (miner === undefined || now === undefined || placeOf(now) !== placeOf(chain)) return;
      record(tx, miner, { place: placeOf(chain), ...judged });
    });
    await durable;
  }
}

function record(
  tx: Transaction,
  miner: MinerRecord,
  { place, state, reason, text, block }: Judged & Pick<AdmissionRecord, 'place'>,
): void {
  const before = miner.admission?.place === place ? miner.admission : undefined;
  const isSame = before?.state === state && before.reason === reason;
  // Texts tell of the last block and change with each.
  if (isSame && (before.text === text || tx.atMs - before.atMs < RETELL_MS)) return;
  tx.putMiner({ ...miner, admission: { place, state, reason, text, atMs: tx.atMs, block } });
  if (!isSame) tx.event({ subject: 'miner', id: miner.spec.name, reason, text });
}
