import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Alarm } from '../alarms.js';
import type { FleetPort } from '../fleet/port.js';
import { EMPTY_BOOK } from './book.js';
import type { AlertBook } from './book.js';
import { followAlarms } from './follow.js';
import type { FollowTerms } from './follow.js';
import { planAlerts, withDelivery } from './plan.js';
import type { AlertStep, Delivery, Telling } from './plan.js';
import type { AlertTarget } from './target.js';

/** What the loop needs. */
export interface AlertParts {
  readonly fleet: FleetPort;
  /** All that stand now, of which somebody is to be told. */
  readonly alarms: () => readonly Alarm[];
  readonly targets: readonly AlertTarget[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** When alerts are raised, cleared and told again. */
export interface AlertTerms extends FollowTerms {
  readonly remindAfterMs: number;
}

const SETTING = 'alerts';
const PERIOD_MS = 5_000;

/**
 * Follows alarms and tells targets. What is to be told is durable before it is told, and so is that it was before the
 * next look: a restart neither loses nor repeats it. Only a crash between the two repeats a notice, under the same id.
 */
export class AlertLoop {
  readonly #parts: AlertParts;
  readonly #terms: AlertTerms;
  #leftOut = 0;

  constructor(parts: AlertParts, terms: AlertTerms) {
    this.#parts = parts;
    this.#terms = terms;
  }

  /** Runs until the signal; what is being told then is told to its end, which takes seconds. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#pass();
      } catch (error) {
        // Whoever waits to be told of what is wrong has to hear that nobody looked.
        this.#parts.logger.error({ err: error }, 'alerts were not looked at');
      }
      await this.#parts.clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }

  async #pass(): Promise<void> {
    const { fleet, alarms, targets, clock, logger } = this.#parts;
    const nowMs = clock.nowMs();
    const { entries, leftOut } = followAlarms(this.#book.entries, alarms(), nowMs, this.#terms);
    if (leftOut !== this.#leftOut) logger.warn({ leftOut }, 'more alarms stand than are followed at once');
    this.#leftOut = leftOut;
    const names = targets.map(({ name }) => name);
    const steps = planAlerts({ ...this.#book, entries }, names, nowMs, this.#terms.remindAfterMs);
    await this.#keep({ ...this.#book, entries: this.#withoutForgotten(entries, steps) });
    const telling = steps.filter((step): step is Telling => step.kind === 'tell');
    const told = await Promise.all(telling.map(async (step) => ({ step, delivery: await this.#tell(step) })));
    const after = told.reduce((book, { step, delivery }) => withDelivery(book, step, delivery, nowMs), this.#book);
    if (fleet.setting(SETTING) !== undefined || told.length > 0) await this.#keep(after);
  }

  #withoutForgotten(entries: AlertBook['entries'], steps: readonly AlertStep[]): AlertBook['entries'] {
    const gone = new Set<string>();
    for (const step of steps) {
      if (step.kind !== 'forget') continue;
      gone.add(step.key);
      if (step.reason === 'too_old')
        this.#parts.logger.warn({ alert: step.key }, 'nobody took for days that an alert is over: it is forgotten');
    }
    return gone.size === 0 ? entries : Object.fromEntries(Object.entries(entries).filter(([key]) => !gone.has(key)));
  }

  async #tell({ target: name, notices }: Telling): Promise<Delivery> {
    const { targets, logger } = this.#parts;
    const target = targets.find((one) => one.name === name);
    if (target === undefined) throw new Error(`no target ${name}`);
    const delivery = await target.tell(notices);
    const isTroubled = this.#book.troubles[name] !== undefined;
    if (delivery.kind === 'failed' && !isTroubled)
      logger.warn({ target: name, reason: delivery.reason }, `alerts are not taken: ${delivery.text}`);
    if (delivery.kind === 'taken') {
      logger.info({ target: name, alerts: notices.length }, 'alerts told');
      if (delivery.text !== undefined) logger.warn({ target: name }, `alerts are taken in part: ${delivery.text}`);
    }
    return delivery;
  }

  get #book(): AlertBook {
    return bookOf(this.#parts.fleet);
  }

  /** Resolves once it is durable; writes only what changes. */
  async #keep(book: AlertBook): Promise<void> {
    if (JSON.stringify(book) === JSON.stringify(this.#book)) return;
    await this.#parts.fleet.transact((tx) => {
      tx.putSetting(SETTING, book);
    }).durable;
  }
}

/** What is kept of alerts. */
export function bookOf(fleet: Pick<FleetPort, 'setting'>): AlertBook {
  // The loop alone writes it, and the store vouches for what it gives back.
  return (fleet.setting(SETTING) as AlertBook | undefined) ?? EMPTY_BOOK;
}
