import { expect } from 'chai';
import { ReadyFrame, SharedFrames } from '../../../../../coordinator/gateway/live/shared-frames.js';

/** What a frame says, by its header. */
function textOf({ wire }: ReadyFrame): string {
  const [, length = 0] = wire;
  return wire.subarray(length < 126 ? 2 : length === 126 ? 4 : 10).toString();
}

describe('ReadyFrame', () => {
  it('is an unmasked text with its length, as RFC 6455 has it, of any size', () => {
    const headers = [
      [125, '817d'],
      [126, '817e007e'],
      [65_535, '817effff'],
      [65_536, '817f0000000000010000'],
    ] as const;
    for (const [bytes, header] of headers) {
      const { wire } = new ReadyFrame('x'.repeat(bytes));
      expect(wire.toString('latin1'), header).to.equal(
        `${Buffer.from(header, 'hex').toString('latin1')}${'x'.repeat(bytes)}`,
      );
    }
    expect(new ReadyFrame('ä').wire.toString('hex')).to.equal('8102c3a4');
  });
});

describe('SharedFrames', () => {
  const message = { told: [{ text: 'ä' }, { text: 'b' }] };
  let made: number;
  let shared: SharedFrames;
  const data = () => {
    made += 1;
    return { data: message.told };
  };

  beforeEach(() => {
    made = 0;
    shared = new SharedFrames();
  });

  it('make what a message says once, whoever is told, and the same bytes for those of one id', () => {
    const [first, second] = ['a', 'a'].map((id) => shared.of(message, { type: 'Events', id, revision: '7' }, data));
    const other = shared.of(message, { type: 'Events', id: 'b', revision: '7' }, data);
    expect(second).to.equal(first);
    expect(made).to.equal(1);
    expect([first, other].map((frame) => JSON.parse(frame === undefined ? '' : textOf(frame)) as object)).to.deep.equal(
      ['a', 'b'].map((id) => ({ type: 'Events', id, revision: '7', data: message.told })),
    );
  });

  it('keep the sorts of frames of a message apart, and other messages', () => {
    const head = { type: 'Fleet', id: 'a', revision: '7', synced: true };
    shared.of(message, { type: 'Events', id: 'a', revision: '7' }, data);
    const fleet = shared.of(message, head, () => ({ data: [], removed: ['old'] }));
    const other = shared.of({}, { type: 'Events', id: 'a', revision: '8' }, () => ({ data: [{ text: 'other' }] }));
    expect(JSON.parse(textOf(fleet))).to.deep.equal({ ...head, data: [], removed: ['old'] });
    expect(JSON.parse(textOf(other))).to.deep.include({ data: [{ text: 'other' }] });
  });

  it('keep apart what is told of parts of a message', () => {
    const head = { type: 'Fleet', id: 'a', revision: '7' };
    const frames = ['host/a', 'host/b'].map((of) => shared.of(message, head, () => ({ data: [of] }), of));
    expect(frames.map((frame) => (JSON.parse(textOf(frame)) as { data: unknown }).data)).to.deep.equal([
      ['host/a'],
      ['host/b'],
    ]);
  });
});
