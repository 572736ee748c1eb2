import { expect } from 'chai';
import { SharedFrames } from '../../../../../coordinator/gateway/live/shared-frames.js';

describe('SharedFrames', () => {
  const message = { told: [{ text: 'ä' }, { text: 'b' }] };
  let made: number;
  let shared: SharedFrames;
  const data = () => {
    made += 1;
    return message.told;
  };

  beforeEach(() => {
    made = 0;
    shared = new SharedFrames();
  });

  it('make what a message says once, whoever is told, and the same bytes for those of one id', () => {
    const [first, second] = ['a', 'a'].map((id) => shared.of(message, { type: 'Events', id, revision: '7' }, data));
    const other = shared.of(message, { type: 'Events', id: 'b', revision: '7' }, data);
    expect(second?.bytes).to.equal(first?.bytes);
    expect(made).to.equal(1);
    expect([first, other].map((frame) => JSON.parse(frame?.bytes.toString() ?? '') as object)).to.deep.equal(
      ['a', 'b'].map((id) => ({ type: 'Events', id, revision: '7', data: message.told })),
    );
  });

  it('keep the sorts of frames of a message apart, and other messages', () => {
    const head = { type: 'Fleet', id: 'a', revision: '7', synced: true };
    shared.of(message, { type: 'Events', id: 'a', revision: '7' }, data);
    const fleet = shared.of(message, head, () => []);
    const other = shared.of({}, { type: 'Events', id: 'a', revision: '8' }, () => [{ text: 'other' }]);
    expect(JSON.parse(fleet.bytes.toString())).to.deep.equal({ ...head, data: [] });
    expect(JSON.parse(other.bytes.toString())).to.deep.include({ data: [{ text: 'other' }] });
  });
});
