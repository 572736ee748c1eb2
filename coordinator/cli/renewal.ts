import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { IDENTITY_FILES, identityFolder } from '../../common/config/index.js';
import { nodeDisk, systemProcesses, takeLock } from '../../common/disk/index.js';
import { certificateRequest, checkGiven, isSignedBy, issuerIn, validityOf } from '../../common/enrolment/index.js';
import type { Validity } from '../../common/enrolment/index.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Certificates } from '../../common/rpc/index.js';
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
 * Renews the certificate that the connection has shown, with a new key, when it is past two thirds of its life or of an
 * authority by which the coordinator signs no more. Never fails: what it rides on is done, and the next command tries again.
 */
export async function renewIfDue(connection: Connection, world: World): Promise<void> {
  const { certificates, target } = connection;
  const { identity } = target;
  if (certificates === undefined || identity === undefined) return;
  const { interrupt, clock, stderr } = world;
  const validity = validityOf(certificates);
  const life = lifeAt(validity, clock.nowMs());
  if (life >= 1) return;
  const isLeft = isLeftBehind(certificates, connection.server());
  if (life < RENEWED_AT && !isLeft) return;
  try {
    await moveOn(connection, identity, { isShown: isLeft, signal: interrupt });
  } catch (thrown) {
    const { message, reason } = toHeadframeError(thrown);
    const isTold = life >= TOLD_AT || isLeft;
    if (!isTold || reason === 'locked' || interrupt.aborted) return;
    const until = isLeft ? 'the former authority is retired' : new Date(validity.toMs).toISOString();
    await write(
      stderr,
      `warning: the identity in ${identity} is good until ${until} and was not renewed: ${message}\n`,
    );
  }
}

async function moveOn(
  connection: Connection,
  identity: string,
  { isShown, signal }: { readonly isShown: boolean; readonly signal: AbortSignal },
): Promise<void> {
  if (!(await isOwn(identity))) return;
  const isRenewed = await whileLocked(identity, () => renew(connection, identity, signal));
  if (isRenewed && isShown) await show(connection, signal);
}

/** Whether the coordinator signs by another authority than the one that this identity trusts and is of. */
function isLeftBehind({ certificate, authorities }: Certificates, server: X509Certificate | undefined): boolean {
  if (server === undefined) return false;
  try {
    const signer = issuerIn(authorities.toString(), server);
    return signer === undefined || !isSignedBy(new X509Certificate(certificate), signer);
  } catch {
    // Authorities among which one cannot be read have done for the handshake: no reason to replace them.
    return false;
  }
}

/** Shows the new certificate, for only then the coordinator knows that it has arrived. Any later command does that, too. */
async function show(connection: Connection, signal: AbortSignal): Promise<void> {
  const anew = await connection.again().catch(() => undefined);
  await anew?.access.whoAmI({}, { timeoutMs: TIMEOUT_MS, signal }).catch(() => undefined);
  anew?.close();
}

/** How much of its life is over, from 0; 1 and more is all. */
function lifeAt({ fromMs, toMs }: Validity, nowMs: number): number {
  return (nowMs - fromMs) / (toMs - fromMs);
}

/** False where another command was first. */
async function renew({ certificates, access }: Connection, identity: string, signal: AbortSignal): Promise<boolean> {
  const folder = identityFolder(identity);
  const held = await folder.load();
  if (held === undefined || certificates?.certificate.equals(held.certificate) !== true) return false;
  const key = await folder.nextKey();
  const asked = { certificateRequest: certificateRequest(key, 'headframe') };
  const given = await access.renewCertificate(asked, { timeoutMs: TIMEOUT_MS, signal });
  checkGiven(given, key);
  await folder.keep(given);
  return true;
}

/** A new file would belong to who runs the command: whose identity it was could not read it any more. */
async function isOwn(identity: string): Promise<boolean> {
  return (await stat(join(identity, IDENTITY_FILES.key))).uid === userInfo().uid;
}
