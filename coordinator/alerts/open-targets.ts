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
  { webhook, email, nats }: Pick<AlertsConfig, 'webhook' | 'email' | 'nats'>,
  { clock, bus }: TargetParts,
): Promise<readonly AlertTarget[]> {
  const targets: AlertTarget[] = [];
  if (webhook !== undefined) {
    const secret = webhook.secretFile === undefined ? undefined : await readSecret(webhook.secretFile);
    targets.push(webhookTarget({ ...webhook, secret }, clock));
  }
  if (email !== undefined) {
    // Nobody else is to pay for what it takes in memory.
    const { emailTarget } = await import('./email/index.js');
    const { passwordFile, caFile } = email;
    const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
    const trusted = caFile === undefined ? undefined : await readWhole(caFile);
    targets.push(emailTarget({ ...email, password, trusted }, clock));
  }
  if (nats && bus !== undefined) targets.push(natsTarget(bus));
  return targets;
}

async function readSecret(path: string): Promise<Buffer> {
  const secret = Buffer.from(await readLine(path));
  if (secret.length < LEAST_SECRET_BYTES) throw unreadable(`${path} holds less than ${LEAST_SECRET_BYTES} bytes`);
  return secret;
}

async function readPassword(path: string): Promise<string> {
  const password = await readLine(path);
  if (/^[^\0\r\n]{1,1024}$/.test(password)) return password;
  throw unreadable(`${path} does not hold one line of 1 to 1024 characters`);
}

/** An editor's last line end is no part of it. */
async function readLine(path: string): Promise<string> {
  return (await readWhole(path)).replace(/\r?\n$/, '');
}

async function readWhole(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(`${path} cannot be read`, cause);
  });
  return bytes.toString('utf8');
}

function unreadable(message: string, cause?: unknown): HeadframeError {
  const reason = 'alert_secret_unreadable';
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy: REASONS[reason].remedy, cause });
}
