import { placeOf } from '../../../../common/model/admission.js';
import type { AdmissionRecord } from '../../../../common/model/admission.js';
import type { Clock } from '../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { ModuleChain } from '../../../../common/model/module-spec.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { Payer } from '../../../chain/extrinsics/index.js';
import { NetworkPasses } from '../../../chain/network-passes.js';
import type { Chain } from '../../../chain/port.js';
import { isLastWord } from '../../../last-word.js';
import type { FleetPort } from '../../../fleet/port.js';
import { seeStillDone, viewDuties } from './duty-facts.js';
import type { DutySight, StillDone } from './duty-facts.js';
import { makeCall } from './make-call.js';
import { PlaceWatch } from './place-watch.js';
import { done, planDuties } from './plan-duties.js';
import type { DutyStep, DutyView } from './plan-duties.js';
import { recordLook } from './record-look.js';
import type { Look } from './record-look.js';
import { SubnetGlance } from './subnet-glance.js';
import type { GlanceParts } from './subnet-glance.js';

/** What the duties of miners work with. */
export interface DutiesParts extends DutySight, GlanceParts {
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
  /** Between two readings of a subnet for all miners in it; less than `settledMs`, so that each look sees what is new. */
  readonly placesMs: number;
}

const TIMES: DutyTimes = { tickMs: 2_000, pendingMs: 12_000, settledMs: 300_000, placesMs: 240_000 };

type Why = Pick<AdmissionRecord, 'reason' | 'text'>;
type Judged = Why & Pick<AdmissionRecord, 'state' | 'block'> & Pick<Look, 'danger'>;

interface Due {
  /** What was looked at: its spec, where it runs, and whether its chain was there. */
  readonly mark: string;
  readonly dueAtMs: number;
  /** Nothing was to be done. */
  readonly settled: boolean;
}

/**
 * Sees to it that miners that work on a chain have their place there, the stake that they want, and their endpoint told. Level
 * by level: the chain, the fleet and the intents are read anew for each look, and at most one call is asked for upon it; where
 * nothing was to be done and nothing of the fleet has changed, a glance at all places of the subnet is enough to see that it
 * is so still. One network that is away holds up its own miners alone.
 */
export class ChainDuties {
  readonly #parts: DutiesParts;
  readonly #times: DutyTimes;
  readonly #places: PlaceWatch;
  readonly #glance: SubnetGlance;
  readonly #looks = new Map<string, Due>();
  readonly #passes: NetworkPasses<readonly string[]>;

  constructor(parts: DutiesParts, times: DutyTimes = TIMES) {
    this.#parts = parts;
    this.#times = times;
    this.#places = new PlaceWatch(parts.clock, times.placesMs);
    this.#glance = new SubnetGlance(parts, times.placesMs);
    this.#passes = new NetworkPasses<readonly string[]>({
      ...{ clock: parts.clock, tickMs: times.tickMs, due: () => this.#due() },
      pass: (names, signal) => this.#pass(names, signal),
    });
  }

  /** Looks until the signal; rejects when the store has failed. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#passes.start(signal);
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
    const places = running.map(({ serial, hostId }) => `${String(serial)}@${hostId ?? ''}`);
    return [specRevision, this.#stateOf(spec.module?.chain?.network ?? ''), ...places].join(' ');
  }

  /** Whether its chain is there: what waited for it is looked at as soon as it is back. */
  #stateOf(network: string): Chain['state'] | undefined {
    try {
      return this.#parts.networks.find(network).state;
    } catch {
      // Nobody declares it; the look tells.
      return undefined;
    }
  }

  async #pass(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (const name of names) {
      const miner = this.#parts.fleet.miner(name);
      const chain = miner?.spec.module?.chain;
      if (signal.aborted) return;
      if (miner === undefined || chain === undefined || miner.stopped || miner.deleting) continue;
      const mark = this.#markOf(miner);
      const settled = (await this.#isStillDone(miner, chain, mark)) || (await this.#look(miner, chain));
      const { pendingMs, settledMs } = this.#times;
      const dueAtMs = this.#parts.clock.monotonicMs() + (settled ? settledMs : pendingMs);
      this.#looks.set(name, { mark, dueAtMs, settled });
    }
  }

  /** False where the chain itself has to tell. Rejects when the store has failed. */
  async #isStillDone(miner: MinerRecord, chain: ModuleChain, mark: string): Promise<boolean> {
    const before = this.#looks.get(miner.spec.name);
    if (before?.settled !== true || before.mark !== mark) return false;
    let seen: StillDone | undefined;
    try {
      seen = await seeStillDone(this.#parts, this.#glance, miner, chain);
    } catch {
      return false; // the look that follows tells why
    }
    if (seen === undefined) return false;
    const danger = await this.#danger(miner, chain, seen.hotkey);
    // An endpoint that lags may have been asked before.
    const block = Math.max(seen.block, miner.admission?.block ?? 0);
    await this.#judged(miner.spec.name, chain, { state: 'admitted', ...done(seen.uid), block, danger });
    return true;
  }

  /** Whether all is as wanted. Rejects when the store has failed. */
  async #look(miner: MinerRecord, chain: ModuleChain): Promise<boolean> {
    const { name } = miner.spec;
    try {
      const view = await viewDuties(this.#parts, miner, chain);
      const plan = planDuties(view);
      const refusal = plan.step && (await this.#call(view, plan.step));
      const seen =
        plan.reason === 'chain_behind'
          ? { block: view.admission?.block, danger: undefined }
          : { block: view.terms.best, danger: await this.#dangerOf(miner, view) };
      await this.#judged(name, chain, { ...plan, ...refusal, ...seen });
      return plan.step === undefined && plan.reason === 'duties_done';
    } catch (thrown) {
      const why = this.#whyOf(name, thrown);
      const before = this.#parts.fleet.miner(name)?.admission;
      // What could not be looked at changes nothing of whether a miner may run.
      const kept = before?.place === placeOf(chain) ? before : undefined;
      await this.#judged(name, chain, { state: kept?.state ?? 'held', block: kept?.block, ...why, danger: undefined });
      return false;
    }
  }

  async #dangerOf(miner: MinerRecord, { duties, hotkey, terms }: DutyView): Promise<Look['danger']> {
    return terms.uid === undefined ? 'gone' : this.#danger(miner, duties, hotkey);
  }

  /** Undefined where nothing can be told of it now. */
  async #danger({ spec, danger }: MinerRecord, duties: ModuleChain, hotkey: string): Promise<Look['danger']> {
    try {
      const chain = this.#parts.networks.find(duties.network);
      return await this.#places.judge(chain, { netuid: duties.netuid, hotkey }, danger?.place === placeOf(duties));
    } catch (thrown) {
      this.#whyOf(spec.name, thrown);
      return undefined;
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
    if (isLastWord(error)) throw error;
    if (error.reason === 'unforeseen') this.#parts.logger.error({ err: thrown, who }, 'duties failed unforeseen');
    return { reason: error.reason, text: error.message };
  }

  async #judged(name: string, chain: ModuleChain, judged: Judged): Promise<void> {
    const { durable } = this.#parts.fleet.transact((tx) => {
      const miner = tx.miner(name);
      const now = miner?.spec.module?.chain;
      // It may work elsewhere by now.
      if (miner === undefined || now === undefined || placeOf(now) !== placeOf(chain)) return;
      const { state, reason, text, block, danger } = judged;
      recordLook(tx, miner, { place: placeOf(chain), state, reason, text, block, danger });
    });
    await durable;
  }
}
