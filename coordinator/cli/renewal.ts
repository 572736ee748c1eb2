import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { IDENTITY_FILES, identityFolder } from '../../common/config/index.js';
import { nodeDisk, systemProcesses, takeLock } from '../../common/disk/index.js';
import { certificateRequest, checkGiven, validityOf } from '../../common/enrolment/index.js';
import type { Validity } from '../../common/enrolment/index.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Connection } from './client.js';
import { write } from './world.js';
import type { World } from './world.js';

/** Shares of a certificate's life: after the first it is renewed, after the second a renewal that fails is told. */
const RENEWED_AT = 2 / 3;
const TOLD_AT = 0.9;
const TIMEOUT_MS = 5_000;
/** Whoever reads or writes the key of an identity in turn; of no use to anybody else. */
const LOCK = 'lock';

/** Runs `body` while nobody else writes the identity in that folder. Throws `HeadframeError` (failed_precondition, 'locked'). */
export async function whileLocked<T>(folder: string, body: () => Promise<T>): Promise<T> {
  await nodeDisk.makeFolder(folder);
  const lock = await takeLock(nodeDisk, join(folder, LOCK), systemProcesses());
  try {
    return await body();
  } finally {
    await lock.release();
  }
}

/**
 * Renews the certificate that the connection has shown when it is past two thirds of its life, with a new key. Never fails:
 * what it rides on is done, and the next command tries again.
 */
export async function renewIfDue(connection: Connection, world: World): Promise<void> {
  const { certificates, target } = connection;
  const { identity } = target;
  if (certificates === undefined || identity === undefined) return;
  const life = lifeAt(validityOf(certificates), world.clock.nowMs());
  if (life < RENEWED_AT || life >= 1) return;
  try {
    if (await isOwn(identity)) await whileLocked(identity, () => renew(connection, identity, world.interrupt));
  } catch (thrown) {
    const { message, reason } = toHeadframeError(thrown);
    if (life < TOLD_AT || reason === 'locked' || world.interrupt.aborted) return;
    const until = new Date(validityOf(certificates).toMs).toISOString();
    await write(
      world.stderr,
      `warning: the identity in ${identity} is good until ${until} and was not renewed: ${message}\n`,
    );
  }
}

/** How much of its life is over, from 0; 1 and more is all. */
function lifeAt({ fromMs, toMs }: Validity, nowMs: number): number {
  return (nowMs - fromMs) / (toMs - fromMs);
}

async function renew({ certificates, access }: Connection, identity: string, signal: AbortSignal): Promise<void> {
  const folder = identityFolder(identity);
  const held = await folder.load();
  // Another command was first.
  if (held === undefined || certificates?.certificate.equals(held.certificate) !== true) return;
  const key = await folder.nextKey();
  const asked = { certificateRequest: certificateRequest(key, 'headframe') };
  const given = await access.renewCertificate(asked, { timeoutMs: TIMEOUT_MS, signal });
  checkGiven(given, key);
  await folder.keep(given);
}

/** A new file would belong to who runs the command: whose identity it was could not read it any more. */
async function isOwn(identity: string): Promise<boolean> {
  return (await stat(join(identity, IDENTITY_FILES.key))).uid === userInfo().uid;
}
