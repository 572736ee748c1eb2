import type { Duplex } from 'node:stream';
import { MOST_SCAN_LINE } from '../../../common/model/space-head.js';

/** Sends a line and gives the one that comes back. Rejects with the signal, and for what is no line. */
export async function askOne(connection: Duplex, request: string, signal: AbortSignal): Promise<string> {
  const leave = (): void => void connection.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    connection.write(`${request}\n`);
    let text = '';
    // A stream without an encoding gives bytes.
    for await (const piece of connection as AsyncIterable<Buffer>) {
      text += piece.toString('latin1');
      const end = text.indexOf('\n');
      if (end >= 0) return text.slice(0, end);
      if (text.length > MOST_SCAN_LINE) throw new Error('more than an answer');
    }
    throw new Error('the connection ended without an answer');
  } finally {
    signal.removeEventListener('abort', leave);
    connection.destroy();
  }
}
