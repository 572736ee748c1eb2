import { expect } from 'chai';
import { lackingBytes } from '../../../../agent/hygiene/pressure.js';

const OPTIONS = { pressureBelow: 10, relievedAt: 15 };
const room = (freeBytes: number): { totalBytes: number; freeBytes: number } => ({ totalBytes: 1_000, freeBytes });

describe('lackingBytes', () => {
  it('begins below one threshold and ends at the other', () => {
    expect(lackingBytes(room(100), OPTIONS, false)).to.equal(0);
    expect(lackingBytes(room(99), OPTIONS, false)).to.equal(51);
    expect(lackingBytes(room(120), OPTIONS, true)).to.equal(30);
    expect(lackingBytes(room(150), OPTIONS, true)).to.equal(0);
  });

  it('takes thresholds that are the wrong way round for one', () => {
    expect(lackingBytes(room(90), { pressureBelow: 10, relievedAt: 5 }, false)).to.equal(10);
    expect(lackingBytes(room(100), { pressureBelow: 10, relievedAt: 5 }, true)).to.equal(0);
  });

  it('finds no pressure where nothing can be measured', () => {
    expect(lackingBytes({ totalBytes: 0, freeBytes: 0 }, OPTIONS, true)).to.equal(0);
  });
});
