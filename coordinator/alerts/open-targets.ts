import { readFile } from 'node:fs/promises';
import type { AlertsConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { MessageBus } from '../../common/observe/bus.js';
import { REASONS } from '../../common/model/reason.js';
import { natsTarget } from './nats-target.js';
import type { AlertTarget } from './target.js';
import { webhookTarget } from './webhook.js';

/** What targets are reached by. */
export interface TargetParts {
  readonly clock: Clock;
  /** Undefined when no NATS server is configured. */
  readonly bus: Pick<MessageBus, 'deliver'> | undefined;
}

const LEAST_SECRET_BYTES = 16;

/** All that are configured. Throws `HeadframeError` (failed_precondition, 'alert_secret_unreadable'). */
export async function openTargets(
  { webhook, nats }: Pick<AlertsConfig, 'webhook' | 'nats'>,
  { clock, bus }: TargetParts,
): Promise<readonly AlertTarget[]> {
  const targets: AlertTarget[] = [];
  if (webhook !== undefined) {
    const secret = webhook.secretFile === undefined ? undefined : await readSecret(webhook.secretFile);
    targets.push(webhookTarget({ ...webhook, secret }, clock));
  }
  if (nats && bus !== undefined) targets.push(natsTarget(bus));
  return targets;
}

async function readSecret(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(`${path} cannot be read`, cause);
  });
  // An editor's last line end is no part of it.
  const secret = Buffer.from(bytes.toString('utf8').replace(/\r?\n$/, ''));
  if (secret.length < LEAST_SECRET_BYTES) throw unreadable(`${path} holds less than ${LEAST_SECRET_BYTES} bytes`);
  return secret;
}

function unreadable(message: string, cause?: unknown): HeadframeError {
  const reason = 'alert_secret_unreadable';
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy: REASONS[reason].remedy, cause });
}
