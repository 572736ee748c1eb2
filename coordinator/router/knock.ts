import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** The connection, or what came in its place. */
export type KnockOutcome = Duplex | 'refused' | 'silent';

/** How long an address may take to take a connection, in milliseconds. */
const LIMIT_MS = 1_000;

/** Tries a TCP port. Rejects when the signal is aborted, and then only. */
export async function knock(host: string, port: number, signal: AbortSignal): Promise<KnockOutcome> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  const limit = AbortSignal.timeout(LIMIT_MS);
  // Whoever takes it over hears of later ones.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, limit]) });
    return socket;
  } catch {
    socket.destroy();
    signal.throwIfAborted();
    return limit.aborted ? 'silent' : 'refused';
  }
}
