import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { ChallengeType } from '../../../common/model/verdict.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetReader } from '../../fleet/port.js';
import { ALL } from '../asking.js';
import type { HostChallenges } from '../host-challenges.js';
import { SweepWindow } from '../sweep-window.js';
import type { WindowSeat } from '../sweep-window.js';
import type { Chance } from './due.js';
import { planChallenges } from './plan.js';
import type { PlannedWindow } from './plan.js';
import type { ScheduleSettings } from './settings.js';
import type { AddressesOf } from './siblings.js';

/** What the schedule works with. */
export interface ChallengeScheduleParts {
  readonly fleet: Pick<FleetReader, 'hosts' | 'verdictsOf'>;
  readonly challenges: Pick<HostChallenges, 'ask' | 'note' | 'hasRoom' | 'running'>;
  readonly addressesOf: AddressesOf;
  /** Whether so many hosts are silent that the coordinator itself may be cut off. */
  readonly isBraked: () => boolean;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Between two looks at who is due, in milliseconds. */
const PERIOD_MS = 15_000;
const NO_ROOM = 'When its time came, it had no whole CPU and 256 MiB that nobody has.';

const NO_GPU_ROOM = 'When its time came, somebody had its GPUs, its CPUs, or the memory that a prover of GPUs needs.';

/** Challenges hosts by schedule, from records and chance alone: what a stop interrupts is void, and asked again. */
export class ChallengeSchedule {
  readonly #parts: ChallengeScheduleParts;
  readonly #settings: ScheduleSettings;
  readonly #asking = new Set<Promise<void>>();

  constructor(parts: ChallengeScheduleParts, settings: ScheduleSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Runs until the signal, and resolves when the last challenge has ended. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#pass(signal);
      await this.#parts.clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
    await Promise.all(this.#asking);
  }

  #pass(signal: AbortSignal): void {
    const { fleet, challenges, addressesOf, isBraked, clock, chance } = this.#parts;
    if (isBraked()) return;
    const { windows, roomless } = planChallenges({
      hosts: [...fleet.hosts()],
      historiesOf: (hostId) => fleet.verdictsOf(hostId),
      addressesOf,
      hasRoom: (hostId, type) => challenges.hasRoom(hostId, type),
      running: challenges.running,
      nowMs: clock.nowMs(),
      settings: this.#settings,
      chance,
    });
    for (const { hostId, type } of roomless) {
      const text = type === 'gpu' ? NO_GPU_ROOM : NO_ROOM;
      this.#track(challenges.note(hostId, type, { reason: 'challenge_no_room', text }), hostId, type);
    }
    for (const window of windows) this.#ask(window, signal);
  }

  #ask({ type, hostIds, why, text }: PlannedWindow, signal: AbortSignal): void {
    const { challenges, clock, newId, logger } = this.#parts;
    const isSweep = hostIds.length > 1;
    const sweep = isSweep ? newId() : '';
    const window = isSweep ? new SweepWindow(hostIds.length, clock) : undefined;
    for (const hostId of hostIds) {
      logger.info({ host: hostId, type, why, sweep }, `challenged by schedule: ${text}`);
      const seat: WindowSeat | undefined = window?.seat();
      const asked = challenges.ask(hostId, type, { most: ALL, sweep, seat }, signal);
      this.#track(asked, hostId, type);
    }
  }

  /** What comes of it is in the verdicts; only what came to none is told here. */
  #track(asked: Promise<unknown>, hostId: string, type: ChallengeType): void {
    const { logger } = this.#parts;
    const over = asked
      .then(
        () => undefined,
        (error: unknown) => {
          const { reason, message } = toHeadframeError(error);
          logger.warn({ host: hostId, type, reason }, `a challenge by schedule came to nothing: ${message}`);
        },
      )
      .finally(() => this.#asking.delete(over));
    this.#asking.add(over);
  }
}
