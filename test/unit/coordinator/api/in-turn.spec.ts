import { expect } from 'chai';
import { inTurn } from '../../../../coordinator/api/in-turn.js';

describe('inTurn', () => {
  let left: string[];

  beforeEach(() => {
    left = [];
  });

  async function* first(): AsyncGenerator<string, number, undefined> {
    try {
      yield await Promise.resolve('a');
      yield 'b';
      return 2;
    } finally {
      left.push('first');
    }
  }

  async function* rest(count: number): AsyncGenerator<string, void, undefined> {
    try {
      for (let index = 0; index < count; index += 1) yield await Promise.resolve(`c${String(index)}`);
    } finally {
      left.push('rest');
    }
  }

  it('tells what the first says, then what is made of its answer', async () => {
    const told: string[] = [];
    for await (const word of inTurn(first(), rest)) told.push(word);
    expect([told, left]).to.deep.equal([
      ['a', 'b', 'c0', 'c1'],
      ['first', 'rest'],
    ]);
  });

  it('leaves the one that speaks with whoever leaves', async () => {
    for await (const word of inTurn(first(), rest)) if (word === 'a') break;
    expect(left).to.deep.equal(['first']);
    for await (const word of inTurn(first(), rest)) if (word === 'c0') break;
    expect(left).to.deep.equal(['first', 'first', 'rest']);
  });

  it('fails where what is made of the answer does', async () => {
    const refused = (): never => {
      throw new Error('refused');
    };
    const told: string[] = [];
    let thrown: unknown;
    try {
      for await (const word of inTurn(first(), refused)) told.push(word);
    } catch (error) {
      thrown = error;
    }
    expect(told).to.deep.equal(['a', 'b']);
    expect(thrown).to.have.property('message', 'refused');
  });
});
