import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import { MessageBus } from '../../common/observe/bus.js';
import type { Logger } from '../../common/observe/logger.js';
import { testNotice } from './notice.js';
import { openTargets } from './open-targets.js';
import type { Delivery } from './plan.js';

/** What became of a test. */
export interface TargetTrial {
  readonly target: string;
  readonly where: string;
  readonly delivery: Delivery;
}

/** A NATS server that is there is connected to well within this time, in milliseconds. */
const CONNECT_MS = 3_000;
const LOOK_MS = 50;

/** Sends a test to every target of a coordinator's configuration, by calls of its own. Throws as `openTargets` does. */
export async function tryTargets(
  { alerts, nats }: Pick<CoordinatorConfig, 'alerts' | 'nats'>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<readonly TargetTrial[]> {
  const { url, ...tls } = nats;
  const name = 'headframe-alerts-test';
  const bus = alerts.nats && url !== undefined ? new MessageBus({ url, tls, name, logger, clock }) : undefined;
  try {
    const targets = await openTargets(alerts, { clock, bus });
    bus?.start();
    const untilMs = clock.monotonicMs() + CONNECT_MS;
    while (bus?.connected === false && clock.monotonicMs() < untilMs) await clock.sleep(LOOK_MS, signal);
    const notice = testNotice(clock.nowMs());
    return await Promise.all(
      targets.map(async (target) => {
        return { target: target.name, where: target.where, delivery: await target.tell([notice]) };
      }),
    );
  } finally {
    await bus?.close();
  }
}
