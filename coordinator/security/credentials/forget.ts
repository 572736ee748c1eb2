import type { Transaction } from '../../fleet/port.js';

/** Tokens that are of no use, and credentials that have expired, are shown for this long, in milliseconds. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Drops what nobody needs to be told of any more; a certificate that has expired is refused without its record, but without
 * it no host comes back by it.
 */
export function forget(tx: Transaction, rejoinWindowMs: number): void {
  const tokensMs = tx.atMs - KEPT_MS;
  for (const token of [...tx.tokens()]) if (token.expiresAtMs < tokensMs) tx.removeToken(token.id);
  const credentialsMs = tx.atMs - Math.max(KEPT_MS, rejoinWindowMs);
  for (const { serial, notAfterMs } of [...tx.credentials()])
    if (notAfterMs < credentialsMs) tx.removeCredential(serial);
}
