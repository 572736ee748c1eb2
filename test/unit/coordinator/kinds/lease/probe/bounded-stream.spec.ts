import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { BoundedStream } from '../../../../../../coordinator/kinds/lease/probe/bounded-stream.js';

const NAME = 'SSH-2.0-x\r\n';
const KIB = 1024;

interface Heard {
  readonly bytes: number;
  readonly ended: boolean;
  readonly named: number;
}

/** What comes through of pieces that a server sends. */
async function heard(pieces: readonly (string | Buffer)[]): Promise<Heard> {
  const raw = new PassThrough();
  let [bytes, named] = [0, 0];
  const stream = new BoundedStream(raw, () => (named += 1));
  stream.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('error', () => undefined);
  for (const piece of pieces) {
    if (!raw.destroyed) raw.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const found = { bytes, named, ended: stream.destroyed && raw.destroyed };
  stream.destroy();
  return found;
}

describe('a connection to somebody who may send anything', () => {
  it('takes what an honest server sends, its name in pieces and after other lines included', async () => {
    const pieces = ['welcome\r\n', 'SSH-', '2.0-x\r\n', Buffer.alloc(400 * KIB)];
    expect(await heard(pieces)).to.deep.equal({ bytes: 9 + NAME.length + 400 * KIB, named: 1, ended: false });
  });

  it('breaks off who does not name itself within 8 KiB, however it sends them', async () => {
    expect(await heard(Array.from({ length: 7 }, () => 'x'.repeat(KIB)))).to.include({ ended: false });
    expect(await heard(Array.from({ length: 8 }, () => 'x'.repeat(KIB)))).to.include({ named: 0, ended: true });
    expect(await heard(['x'.repeat(9 * KIB), NAME])).to.include({ named: 0, ended: true });
  });

  it('breaks off who sends more than half a megabyte in all', async () => {
    const piece = Buffer.alloc(64 * KIB);
    const { bytes, named, ended } = await heard([NAME, ...Array.from({ length: 64 }, () => piece)]);
    expect({ named, ended }).to.deep.equal({ named: 1, ended: true });
    expect(bytes).to.be.within(400 * KIB, 512 * KIB);
  });
});
