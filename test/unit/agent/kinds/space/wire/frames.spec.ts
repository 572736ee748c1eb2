import { expect } from 'chai';
import fc from 'fast-check';
import { FrameReader } from '../../../../../../agent/kinds/space/wire/frame-reader.js';
import type { Incoming } from '../../../../../../agent/kinds/space/wire/frame-reader.js';
import { Inflow, INFLOW_LIMITS } from '../../../../../../agent/kinds/space/wire/inflow.js';
import { encodeFrame } from '../../../../../../agent/kinds/space/wire/message-writer.js';
import { HeadframeError } from '../../../../../../common/model/error.js';
import { asVector } from '../../../../../support/space/message-vectors.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';
import { hex, vectors } from '../../../../../support/space/vectors.js';

/** What a stream comes to, cut into pieces of some length. */
function read(stream: Buffer, pieceBytes = stream.length) {
  const reader = new FrameReader();
  const incoming: Incoming[] = [];
  let ends = 'closed';
  try {
    for (let at = 0; at < stream.length; at += pieceBytes)
      for (const one of reader.push(stream.subarray(at, at + pieceBytes))) incoming.push(one);
    reader.end();
  } catch (error) {
    if (!(error instanceof HeadframeError)) throw error;
    ends = error.metadata['fault'] ?? error.reason;
  }
  const messages = incoming.flatMap((one) => (one.kind === 'message' ? [one.message] : []));
  const refused = incoming.flatMap((one) => (one.kind === 'refused' ? [one] : []));
  return { messages, refused, ends: refused.length > 0 ? 'bad_payload' : ends };
}

describe('messages of Spacetime', () => {
  vectors.messages.forEach(({ type, fields, frame }, at) => {
    it(`are read and written as given: ${type} (${String(at)})`, () => {
      const { messages, ends } = read(hex(frame));
      expect(messages.map(asVector)).to.deep.equal([{ type, fields }]);
      expect(messages.map((message) => encodeFrame(message).toString('hex'))).to.deep.equal([frame]);
      expect(ends).to.equal('closed');
    });
  });

  for (const { case: name, hex: stream, messages, ends } of vectors.streams)
    for (const pieceBytes of [1, 3, 1024])
      it(`come in streams as given, in pieces of ${String(pieceBytes)}: ${name}`, () => {
        const found = read(hex(stream), pieceBytes);
        expect({ messages: found.messages.map(asVector), ends: found.ends }).to.deep.equal({ messages, ends });
      });

  it('are read behind one that is refused', () => {
    const [ping, bad] = [vectors.messages[4]?.frame ?? '', '0100000010'];
    const { messages, refused } = read(hex(ping + bad + ping));
    expect(messages.map(({ type }) => type)).to.deep.equal(['Ping', 'Ping']);
    expect(refused.map(({ code, error }) => [code, error.reason])).to.deep.equal([[0x10, 'space_message_malformed']]);
  });

  it('are not written longer than nodes take them', () => {
    const block = (bytes: number) => encodeFrame({ type: 'Block', data: Buffer.alloc(bytes) });
    expect(block(16_777_215).readInt32LE(0)).to.equal(16_777_216);
    expect(thrownFault(() => block(16_777_216))).to.include({ reason: 'space_message_too_large' });
  });
});

describe('a stream of frames', () => {
  it('is over at a frame of 100 MB, before any of it is held', () => {
    const reader = new FrameReader();
    const head = Buffer.alloc(5, 0x23);
    head.writeInt32LE(100_000_000, 0);
    expect(thrownFault(() => [...reader.push(head)])).to.include({ fault: 'bad_length', offset: '0' });
  });

  it('takes no room for bytes that are promised alone', () => {
    const readers = Array.from({ length: 64 }, () => new FrameReader());
    const head = Buffer.alloc(5, 0x23);
    head.writeInt32LE(16_777_216, 0);
    const before = process.memoryUsage().arrayBuffers;
    for (const reader of readers) for (const piece of [head, Buffer.alloc(100)]) [...reader.push(piece)];
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(1024 * 1024);
  });

  it('holds the largest frame that comes byte by byte at its end, and lets it go', () => {
    const frame = encodeFrame({ type: 'Block', data: Buffer.alloc(16_777_215, 7) });
    const reader = new FrameReader();
    const pieces = Array.from({ length: Math.ceil(frame.length / 65_536) }, (_, at) =>
      frame.subarray(at * 65_536, (at + 1) * 65_536),
    );
    const found = pieces.flatMap((piece) => [...reader.push(piece)]);
    expect(found.map((one) => one.kind === 'message' && one.message.type)).to.deep.equal(['Block']);
    reader.end();
  });

  it('gives the same messages whatever pieces it comes in', () => {
    const frames = vectors.messages.map(({ frame }) => frame);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...frames), { maxLength: 6 }),
        fc.integer({ min: 1, max: 97 }),
        (sent, piece) => {
          expect(read(hex(sent.join('')), piece)).to.deep.equal(read(hex(sent.join(''))));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of anything at all ends with an error that says why, or not at all', () => {
    const frames = vectors.messages.map(({ frame }) => hex(frame));
    const damaged = fc.tuple(fc.constantFrom(...frames), fc.nat(700), fc.nat(255)).map(([frame, at, byte]) => {
      const copy = Buffer.from(frame);
      copy[at % copy.length] = byte;
      return copy;
    });
    const noise = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(damaged, noise), { maxLength: 5 }),
        fc.integer({ min: 1, max: 600 }),
        (sent, piece) => {
          const { messages, refused } = read(Buffer.concat(sent), piece);
          // What is taken can be written again.
          for (const message of messages) expect(encodeFrame(message).length).to.be.greaterThan(4);
          for (const { error } of refused) expect(error.reason).to.equal('space_message_malformed');
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('what a node sends', () => {
  it('is taken up to its limits, and more as time passes', () => {
    const inflow = new Inflow('messages', { burst: 3, perSecond: 2 }, 0);
    inflow.count(3, 0);
    expect(thrownFault(() => inflow.count(1, 0))).to.include({ reason: 'space_node_floods', what: 'messages' });
    const patient = new Inflow('messages', { burst: 3, perSecond: 2 }, 0);
    patient.count(3, 0);
    patient.count(2, 1000);
    // However long it was silent, no more than the burst.
    patient.count(3, 60_000);
    expect(thrownFault(() => patient.count(1, 60_000))).to.include({ reason: 'space_node_floods' });
  });

  it('may be the largest of blocks, at once', () => {
    const { bytes } = INFLOW_LIMITS;
    new Inflow('bytes', bytes, 0).count(16_777_216 + 4, 0);
    expect(thrownFault(() => new Inflow('bytes', bytes, 0).count(100_000_000, 0))).to.include({ what: 'bytes' });
  });
});
