import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** What is asked for. */
export interface TextTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Larger answers are not read to their end, in bytes. */
export const LARGEST_ANSWER = 2 ** 20;

/** Asks for a text by HTTP. Rejects when the answer is no 2xx, is larger than 1 MiB, or is not all there before the signal. */
export function fetchText({ host, port, path }: TextTarget, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'headframe-agent', accept: '*/*', 'accept-encoding': 'identity' };
    const call = request({ host, port, path, signal, agent: false, headers }, (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        readAll(response).then(resolve, reject);
        return;
      }
      response.destroy();
      reject(new Error(`HTTP ${String(status)} from port ${String(port)}${path}`));
    });
    call.on('error', reject);
    call.end();
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream without an encoding yields buffers. Leaving the loop destroys it.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER) throw new Error(`the answer is larger than ${String(LARGEST_ANSWER)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
