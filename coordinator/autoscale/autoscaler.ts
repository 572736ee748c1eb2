import type { AutoscaleSpec, NatsScaleMetric, ScaleMetric } from '../../common/model/autoscale.js';
import type { Clock } from '../../common/model/clock.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { MessageBus } from '../../common/observe/bus.js';
import type { AutoscaleView } from '../../common/wire/client.js';
import type { FleetPort } from '../fleet/port.js';
import type { LiveBoard } from '../sessions/index.js';
import { CpuMeans } from './cpu-means.js';
import { gatherMeasures } from './gather.js';
import type { ValueSources } from './gather.js';
import { HostSamples } from './host-samples.js';
import { addMeasures } from './measure.js';
import type { Measure } from './measure.js';
import { NatsValues } from './nats-values.js';
import { planScale } from './plan.js';
import type { ScalePlan } from './plan.js';
import { takeStep } from './take-step.js';
import { autoscaleViewOf } from './view.js';
import type { Decided } from './view.js';
import { WishHistory } from './wish-history.js';

/** What the loop needs. */
export interface AutoscalerParts {
  readonly fleet: FleetPort;
  readonly board: Pick<LiveBoard, 'usageOfHost'>;
  /** Counts what models are asked. */
  readonly asked: {
    /** Questions a second to a model. */
    perSecond(model: string): number;
    /** Milliseconds in which an instance of it answers 95 of 100. */
    latencyMs(model: string, serial: number): number;
  };
  /** Absent when no NATS server is configured. */
  readonly bus: Pick<MessageBus, 'connected' | 'subscribe'> | undefined;
  readonly clock: Clock;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** Times of the loop, in milliseconds. */
export interface AutoscalerTerms {
  /** From one look to the next. */
  readonly periodMs: number;
  /** From one report of an agent to the next. */
  readonly usagePeriodMs: number;
}

/** What is remembered of a miner from look to look; all of it may be lost without harm. */
interface Followed {
  readonly history: WishHistory;
  readonly cpu: CpuMeans;
  decided: Decided | undefined;
}

/** Instances that are read in one turn of the event loop. */
const TURN_INSTANCES = 5000;
/** Reports may be late, and one may be lost. */
const MISSED_REPORTS = 3;

/**
 * Has the number of replicas of each autoscaled miner follow its load.
 *
 * Invariants: one look at a time, a miner or a part of one a turn; a decision is made from values alone and taken in one transaction that
 * checks that it still fits; what was chosen is kept in the miner's record; who cannot be judged is left as it is.
 */
export class Autoscaler {
  readonly #parts: AutoscalerParts;
  readonly #terms: AutoscalerTerms;
  readonly #samples: HostSamples;
  readonly #nats: NatsValues;
  readonly #followed = new Map<string, Followed>();

  constructor(parts: AutoscalerParts, terms: AutoscalerTerms) {
    const { fleet, board, bus, clock } = parts;
    this.#parts = parts;
    this.#terms = terms;
    this.#samples = new HostSamples(board, MISSED_REPORTS * terms.usagePeriodMs);
    const isInstanceOf = (miner: string, serial: number): boolean => fleet.instance(serial)?.miner === miner;
    this.#nats = new NatsValues({ bus, clock, isInstanceOf });
  }

  /** How the number of a miner's replicas stands to its load; undefined for one whose number is fixed. */
  viewOf(miner: MinerRecord): AutoscaleView | undefined {
    return autoscaleViewOf(miner, this.#followed.get(miner.spec.name)?.decided);
  }

  /** Looks at every autoscaled miner each period until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    this.#followNats();
    while (!ended()) {
      await this.#parts.clock.sleep(this.#terms.periodMs, signal).catch(() => undefined);
      if (!ended()) await this.#lookAround(ended);
    }
    this.#nats.close();
  }

  async #lookAround(ended: () => boolean): Promise<void> {
    const { fleet, yieldTurn } = this.#parts;
    this.#followNats();
    const names = this.#autoscaled().map(({ spec }) => spec.name);
    const gone = new Set(this.#followed.keys());
    for (const name of names) {
      gone.delete(name);
      const miner = fleet.miner(name);
      if (miner?.spec.autoscale !== undefined) await this.#look(miner, miner.spec.autoscale);
      await yieldTurn();
      if (ended()) return;
    }
    for (const name of gone) this.#followed.delete(name);
  }

  async #look(miner: MinerRecord, policy: AutoscaleSpec): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const idle = idleText(miner);
    if (idle !== undefined) {
      const decided: Decided = { reason: 'autoscale_paused', text: idle, atMs: nowMs, measures: [] };
      this.#followed.set(miner.spec.name, { ...this.#remember(miner), decided });
      return;
    }
    const followed = this.#following(miner);
    const measures = await this.#measure(miner, followed);
    const plan = this.#plan(miner, policy, { followed, measures });
    followed.decided = { reason: plan.reason, text: plan.text, atMs: nowMs, measures };
    takeStep(this.#parts.fleet, miner, plan);
  }

  #plan(
    miner: MinerRecord,
    policy: AutoscaleSpec,
    { followed, measures }: { readonly followed: Followed; readonly measures: readonly Measure[] },
  ): ScalePlan {
    const { clock } = this.#parts;
    const monotonicMs = clock.monotonicMs();
    const wishes = followed.history.at(monotonicMs);
    const steps = miner.autoscale?.steps ?? [];
    const replicas = wantedReplicas(miner);
    const plan = planScale({ policy, replicas, measures, wishes, steps, nowMs: clock.nowMs() });
    const { scaleUp, scaleDown } = policy;
    followed.history.add(plan.wish, monotonicMs, Math.max(scaleUp.stabilisationMs, scaleDown.stabilisationMs));
    return plan;
  }

  /** The parts of a large miner are of slightly different moments, as its reports are. */
  async #measure(miner: MinerRecord, { cpu }: Followed): Promise<readonly Measure[]> {
    const { fleet, yieldTurn } = this.#parts;
    const instances = [...fleet.instancesOf(miner.spec.name)];
    const sources = this.#sourcesOf(miner, cpu);
    let measures = gatherMeasures(miner, instances.slice(0, TURN_INSTANCES), sources);
    for (let from = TURN_INSTANCES; from < instances.length; from += TURN_INSTANCES) {
      await yieldTurn();
      const more = gatherMeasures(miner, instances.slice(from, from + TURN_INSTANCES), sources);
      measures = measures.map((measure, index) => addMeasures(measure, more[index] ?? measure));
    }
    cpu.endLook();
    return measures;
  }

  #sourcesOf({ spec }: MinerRecord, cpu: CpuMeans): ValueSources {
    const { fleet, clock, asked } = this.#parts;
    const { name, resources } = spec;
    const monotonicMs = clock.monotonicMs();
    return {
      cpu,
      sample: ({ hostId, serial }: InstanceRecord) =>
        hostId === undefined ? undefined : this.#samples.find(hostId, serial, monotonicMs),
      request: ({ workloadId }) => fleet.workload(workloadId)?.resources ?? resources,
      latencyMs: ({ serial }) => asked.latencyMs(name, serial),
      published: (metric: ScaleMetric, serial?: number) => {
        if (metric.kind === 'requests') return asked.perSecond(name);
        return metric.kind === 'nats' ? this.#nats.read(name, metric, serial) : 'it is not published';
      },
    };
  }

  #following(miner: MinerRecord): Followed {
    const { name } = miner.spec;
    const known = this.#followed.get(name);
    // What was wished for before a pause says nothing about the load after it.
    if (known !== undefined && known.decided?.reason !== 'autoscale_paused') return known;
    const followed = this.#remember(miner);
    this.#followed.set(name, followed);
    return followed;
  }

  #remember(miner: MinerRecord): Followed {
    const history = new WishHistory(wantedReplicas(miner), this.#parts.clock.monotonicMs());
    return { history, cpu: new CpuMeans(), decided: undefined };
  }

  #followNats(): void {
    const wanted = this.#autoscaled().flatMap(({ spec }) =>
      (spec.autoscale?.metrics ?? []).flatMap((metric): { miner: string; metric: NatsScaleMetric }[] =>
        metric.kind === 'nats' ? [{ miner: spec.name, metric }] : [],
      ),
    );
    this.#nats.follow(wanted);
  }

  #autoscaled(): MinerRecord[] {
    return [...this.#parts.fleet.miners()].filter(({ spec }) => spec.autoscale !== undefined);
  }
}

/** Why a miner is not looked at; undefined when it is. */
function idleText({ stopped, deleting, quarantine }: MinerRecord): string | undefined {
  if (deleting) return 'The miner is being deleted.';
  if (stopped) return 'The miner is stopped.';
  return quarantine === undefined ? undefined : 'The miner is quarantined.';
}
