import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Clock } from '../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { HeadframeError } from '../../../../common/model/error.js';
import { MOST_SCAN_LINE } from '../../../../common/model/space-head.js';
import { encodeScanAnswer, readScanRequest } from './scan-message.js';
import type { ScanAnswer, ScanRequest } from './scan-message.js';

/** What a scanner answers by. */
export interface ScanParts {
  /** The one miner whose requests are answered. */
  readonly minerId: Buffer;
  readonly clock: Clock;
  /** Rejects soon after the signal is aborted: nobody waits any more. */
  readonly scan: (request: ScanRequest, signal: AbortSignal) => Promise<ScanAnswer>;
  readonly onRefused: (why: HeadframeError) => void;
}

/** Connections at once: one asks, and others are those that it left. */
const MOST_CONNECTIONS = 16;
/** For a request to come. */
const REQUEST_WITHIN_MS = 5000;

/** Listens for scans: each connection has one line with a request, and one with the answer. Returns what ends that. */
export async function serveScans(
  port: number,
  parts: ScanParts,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // Whoever leaves has its reasons.
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    void answer(socket, parts);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, port);
  const at = server.address();
  return {
    // A server on a port has this address.
    port: typeof at === 'object' && at !== null ? at.port : port,
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
}

async function answer(socket: Socket, { minerId, clock, scan, onRefused }: ScanParts): Promise<void> {
  const left = new AbortController();
  socket.once('close', () => left.abort());
  const cancel = clock.setTimer(() => socket.destroy(), REQUEST_WITHIN_MS);
  try {
    const request = readScanRequest(await firstLine(socket), minerId);
    cancel();
    socket.end(`${encodeScanAnswer(await scan(request, left.signal))}\n`);
  } catch (error) {
    cancel();
    if (!left.signal.aborted) onRefused(toHeadframeError(error));
    socket.destroy();
  }
}

/** Rejects where the other side leaves before its end, or sends more than a line may have. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      text += String(piece);
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MOST_SCAN_LINE) reject(new Error('more than a request'));
    });
    socket.once('close', () => reject(new Error('closed before a request came')));
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, reject) => {
    // Stays: one that cannot take a caller, for want of descriptors, says so by an event that would end the process.
    server.on('error', reject);
    server.listen(port, () => done());
  });
}
