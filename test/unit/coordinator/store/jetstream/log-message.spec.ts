import { expect } from 'chai';
import fc from 'fast-check';
import {
  LOG_FORMAT,
  PART_OVERHEAD_BYTES,
  decodeLogMessage,
  encodeLogMessage,
  partsOf,
} from '../../../../../coordinator/store/jetstream/log-message.js';
import type { LogMessage } from '../../../../../coordinator/store/jetstream/log-message.js';

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const segment = fc
  .tuple(count, count, fc.string())
  .map(([epoch, revision, writer]): LogMessage => ({ kind: 'segment', format: LOG_FORMAT, epoch, revision, writer }));
const part = fc
  .tuple(count, fc.option(fc.nat(0xffff_ffff), { nil: undefined }), count, fc.nat(1000), fc.nat(1000), fc.uint8Array())
  .map(([epoch, writer, group, index, more, bytes]): LogMessage => {
    return { kind: 'part', epoch, writer, group, index, count: index + 1 + more, bytes };
  });

/** Typed arrays of two kinds are not equal to chai. */
const plain = (message: LogMessage): object =>
  message.kind === 'part' ? { ...message, bytes: [...message.bytes] } : message;

describe('Messages of the journal', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.oneof(segment, part), (message) => {
        expect(plain(decodeLogMessage(encodeLogMessage(message)))).to.deep.equal(plain(message));
      }),
    );
  });

  it('are refused with any bit flipped or cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.oneof(segment, part),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.nat(7),
        (message, at, bit) => {
          const bytes = Buffer.from(encodeLogMessage(message));
          const place = Math.floor(at * bytes.length);
          expect(() => decodeLogMessage(bytes.subarray(0, place))).to.throw(RangeError);
          bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
          expect(() => decodeLogMessage(bytes)).to.throw(RangeError);
        },
      ),
    );
  });

  it('carry a group of commits in parts of one size, none of which is larger than allowed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 100 }), (frames, partBytes) => {
        const messages = partsOf(frames, partBytes, { epoch: Number.MAX_SAFE_INTEGER, group: 2 ** 40 });
        const parts = messages.map(decodeLogMessage);
        const bytes = parts.map((one) => (one.kind === 'part' ? Buffer.from(one.bytes) : Buffer.alloc(0)));
        expect([...Buffer.concat(bytes)]).to.deep.equal([...frames]);
        expect(parts.map((one) => (one.kind === 'part' ? [one.index, one.count] : []))).to.deep.equal(
          parts.map((_, index) => [index, messages.length]),
        );
        for (const { length } of messages) expect(length).to.be.at.most(partBytes + PART_OVERHEAD_BYTES);
      }),
    );
  });
});
