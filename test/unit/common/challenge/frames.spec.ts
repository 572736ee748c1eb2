import { expect } from 'chai';
import fc from 'fast-check';
import { encodeFrame, openBytes, readFrames } from '../../../../common/challenge/frames.js';
import type { Frame } from '../../../../common/challenge/frames.js';
import { SMALL } from '../../../support/challenge/wishes.js';
import { expectReason } from '../../../support/expect-reason.js';

const kind = fc.constantFrom<Frame['kind'][]>('ready', 'commit', 'open', 'piece');
const frames = fc.array(fc.record({ kind, payload: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 8 });

describe('frames', () => {
  it('come out as they went in, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 200 }), async (sent, size) => {
        const bytes = Buffer.concat(sent.map((frame) => encodeFrame(frame.kind, frame.payload)));
        const count = Math.ceil(bytes.length / size);
        const pieces = Array.from({ length: count }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
        expect(await all(pieces)).to.deep.equal(sent.map((frame) => ({ ...frame })));
      }),
    );
  });

  it('are refused before their bytes are taken in where they are too long, or of no kind', async () => {
    await expectReason(all([Buffer.from([0x7f, 0xff, 0xff, 0xff, 5])]), 'challenge_frame_invalid');
    await expectReason(all([Buffer.from([0, 0, 0, 0, 99])]), 'challenge_frame_invalid');
    const open = encodeFrame('open', Buffer.alloc(100_000));
    await expectReason(all([open], openBytes(SMALL.memory)), 'challenge_frame_invalid');
  });
});

async function all(pieces: readonly Uint8Array[], most?: number): Promise<Frame[]> {
  const read: Frame[] = [];
  for await (const frame of readFrames(from(pieces), most)) read.push(frame);
  return read;
}

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
