import type { AgentCareConfig } from '../common/config/agent-care-config.js';
import type { HostOrder } from '../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../common/model/clock.js';
import { REBOOT_CAPABILITY } from '../common/model/host.js';
import type { ReasonCode } from '../common/model/reason.js';
import type { ReportedPlotFolder } from '../common/model/plot-folder.js';
import type { Logger } from '../common/observe/logger.js';
import type { HostHealth } from '../common/wire/agent.js';
import { runCommand } from './host/command.js';
import { HealthBoard } from './host/health-board.js';
import { Rebooter } from './host/rebooter.js';
import { PlotCare } from './kinds/space/desk/plot-care.js';
import type { PlotProcessOptions } from './kinds/space/desk/plot-word.js';
import { Hygiene } from './hygiene/index.js';
import type { Runtime } from './runtime/runtime.js';
import { NEW_CLOCK_STATE, SelfCheck, judgeClock } from './selfcheck/index.js';
import type { ClockSample } from './selfcheck/index.js';
import type { AgentState } from './state/agent-state.js';
import type { ImageLedger } from './state/image-ledger.js';

/** The parts that the care for a host works with. */
export interface HostCareParts {
  readonly config: AgentCareConfig;
  /** Undefined where the host has no folders of plots. */
  readonly plots: PlotProcessOptions | undefined;
  readonly runtime: Runtime;
  readonly state: Pick<AgentState, 'held' | 'record'>;
  readonly ledger: ImageLedger;
  readonly dataDir: string;
  readonly bootId: string;
  /** Serials of the instances that run now. */
  readonly running: () => readonly number[];
  /** Has the present run of an instance ended and started again by its restart policy. */
  readonly restartInstance: (serial: number, text: string) => void;
  /** Tells the coordinator how the host is; false when it has to be told later. */
  readonly send: (health: HostHealth) => boolean;
  /** The same of its folders of plots. */
  readonly sendPlotFolders: (folders: readonly ReportedPlotFolder[]) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Longest that the command to restart the container engine may take. */
const RESTART_MS = 120_000;
/** Longest wait for one answer of the engine, unless it is to be checked more often. */
const ANSWER_MS = 5_000;

/** All that the agent does for its host's sake: clearing away, checking, rebooting, and telling of it. */
export class HostCare {
  readonly #parts: HostCareParts;
  readonly #board: HealthBoard;
  readonly #selfCheck: SelfCheck;
  readonly #rebooter: Rebooter;
  /** What is done with the plots of the host. */
  readonly plots: PlotCare;
  #clockState = NEW_CLOCK_STATE;
  #tellScheduled = false;

  constructor(parts: HostCareParts) {
    const { config, clock, logger, bootId } = parts;
    this.#parts = parts;
    this.#board = new HealthBoard(
      () => clock.nowMs(),
      () => {
        this.#tellSoon();
      },
    );
    const plotParts = { options: parts.plots, send: parts.sendPlotFolders, teller: this.#board };
    this.plots = new PlotCare({ ...plotParts, clock, logger });
    this.#selfCheck = this.#createSelfCheck();
    this.#rebooter = new Rebooter({ bootId, teller: this.#board, clock, logger }, config.reboot);
  }

  /** What the host can do by its configuration. */
  get capabilities(): readonly string[] {
    return [...(this.#parts.config.reboot.allowed ? [REBOOT_CAPABILITY] : []), ...this.plots.capabilities];
  }

  /** How often something was wrong or was done, by reason, since the start. */
  get counts(): ReadonlyMap<ReasonCode, number> {
    return this.#board.counts;
  }

  /** Reasons of what is wrong now. */
  get ailments(): readonly string[] {
    return this.#board.conditions.map(({ reason }) => reason);
  }

  /** What has to run until the signal. */
  loops(signal: AbortSignal): Promise<void>[] {
    const { config, runtime, clock, logger, state, ledger, dataDir } = this.#parts;
    const { storage } = runtime;
    const always = [this.#selfCheck.run(signal), ...this.plots.loops(signal)];
    if (!config.hygiene.enabled || storage === undefined) return always;
    const teller = this.#board;
    const parts = { runtime, storage, state, ledger, dataDir, teller, clock, logger };
    return [...always, new Hygiene(parts, config.hygiene).run(signal)];
  }

  /** Tells the coordinator all there is to know of the host; to be called when a session begins. */
  tellAll(): void {
    this.tell();
    this.plots.tell();
  }

  /** Tells the coordinator how the host is, all of it. */
  tell(): void {
    const notices = this.#board.takeNotices();
    if (this.#parts.send({ conditions: this.#board.conditions, notices })) return;
    this.#board.putBack(notices);
  }

  /** Does what the coordinator orders. */
  order({ order }: HostOrder): void {
    if (order.case === 'reboot') this.#rebooter.order(order.value.bootId);
  }

  /** Takes a comparison of this host's clock with the coordinator's. */
  compareClock(sample: ClockSample): void {
    this.#clockState = judgeClock(this.#clockState, sample, this.#parts.config.selfCheck.maxClockSkew);
    const seconds = (Math.abs(sample.skewMs) / 1000).toFixed(1);
    const way = sample.skewMs > 0 ? 'ahead of' : 'behind';
    if (!this.#clockState.isWrong) this.#board.clear('clock_wrong');
    else this.#board.raise('clock_wrong', `the clock is ${seconds} s ${way} the coordinator's`);
  }

  /** Lets go of what waits. */
  close(): void {
    this.#rebooter.close();
    this.plots.close();
  }

  /** What comes in one turn is told together. */
  #tellSoon(): void {
    if (this.#tellScheduled) return;
    this.#tellScheduled = true;
    queueMicrotask(() => {
      this.#tellScheduled = false;
      this.tell();
    });
  }

  #createSelfCheck(): SelfCheck {
    const { config, runtime, running, restartInstance, clock, logger } = this.#parts;
    const { selfCheck } = config;
    const [file, ...args] = selfCheck.restartRuntimeCommand;
    return new SelfCheck(
      {
        runtime,
        running,
        restartInstance,
        restartRuntime: async () => {
          if (file === undefined) return 'there is no command for it';
          const outcome = await runCommand(file, args, RESTART_MS);
          if (outcome.kind === 'missing') return `${file} does not exist`;
          return outcome.kind === 'failed' ? outcome.detail : undefined;
        },
        teller: this.#board,
        clock,
        logger,
      },
      {
        intervalMs: selfCheck.interval,
        answerMs: Math.min(ANSWER_MS, selfCheck.engineSilence),
        engineSilenceMs: selfCheck.engineSilence,
        stuckAfterMs: selfCheck.stuckAfter,
        settleMs: 2 * Math.max(selfCheck.engineSilence, selfCheck.stuckAfter),
        instanceRestartsPerHour: selfCheck.instanceRestartsPerHour,
        runtimeRestartsPerHour: file === undefined ? 0 : selfCheck.runtimeRestartsPerHour,
      },
    );
  }
}
