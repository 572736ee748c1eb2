import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { encodeScanRequest } from '../../../../../agent/kinds/space/fleet/scan-message.js';
import { serveScans } from '../../../../../agent/kinds/space/fleet/scan-server.js';
import type { ScanParts } from '../../../../../agent/kinds/space/fleet/scan-server.js';
import { openMinerKey } from '../../../../../agent/kinds/space/format/miner-key.js';
import { systemClock } from '../../../../../common/model/clock.js';
import { waitFor } from '../../../../support/wait-for.js';

const key = openMinerKey(Buffer.alloc(32, 7));
const request = encodeScanRequest({ challenge: Buffer.alloc(32, 3), epoch: 41n }, key);
const NOTHING = { found: undefined, answered: 0, plots: 0, tookMs: 0, disks: [], plotMs: new Map<string, number>() };

/** A scanner until the block ends that holds it. */
async function scanner(scan: ScanParts['scan']) {
  const refused: string[] = [];
  const parts = { minerId: key.minerId, clock: systemClock, scan, onRefused: () => refused.push('refused') };
  const { port, close } = await serveScans(0, parts);
  return { port, refused, [Symbol.asyncDispose]: close };
}

async function ask(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(line);
  return text(socket).catch(() => '');
}

describe('the scanner of a host', () => {
  it('answers its miner, and nobody else', async () => {
    const asked: bigint[] = [];
    await using server = await scanner(({ epoch }) => (asked.push(epoch), Promise.resolve(NOTHING)));
    expect(JSON.parse(await ask(server.port, `${request}\n`))).to.deep.equal({
      ...{ ...NOTHING, found: null, plotMs: [] },
    });
    const stranger = encodeScanRequest(
      { challenge: Buffer.alloc(32, 3), epoch: 41n },
      openMinerKey(Buffer.alloc(32, 8)),
    );
    for (const line of [`${stranger}\n`, 'GET / HTTP/1.1\r\n\r\n', 'x'.repeat(70_000)])
      expect(await ask(server.port, line)).to.equal('');
    expect([asked, server.refused.length]).to.deep.equal([[41n], 3]);
  });

  it('ends a scan that nobody waits for any more', async () => {
    let left: AbortSignal | undefined;
    await using server = await scanner((_, signal) => {
      left = signal;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('left'))));
    });
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${request}\n`);
    await waitFor('the scan', () => left !== undefined);
    socket.destroy();
    await waitFor('its end', () => left?.aborted === true);
    expect(server.refused).to.deep.equal([]);
  });
});
