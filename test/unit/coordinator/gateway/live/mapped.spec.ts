import { expect } from 'chai';
import { mapped } from '../../../../../coordinator/gateway/live/mapped.js';

describe('mapped', () => {
  let isLeft: boolean;

  beforeEach(() => {
    isLeft = false;
  });

  async function* numbers(): AsyncGenerator<number, void, undefined> {
    try {
      for (let number = 0; number < 5; number += 1) yield await Promise.resolve(number);
    } finally {
      isLeft = true;
    }
  }

  it('puts each into other words, and leaves out what has none', async () => {
    const words: string[] = [];
    for await (const word of mapped(numbers(), (number) => (number % 2 === 0 ? `n${String(number)}` : undefined)))
      words.push(word);
    expect([words, isLeft]).to.deep.equal([['n0', 'n2', 'n4'], true]);
  });

  it('leaves the stream with whoever leaves it', async () => {
    for await (const word of mapped(numbers(), String)) if (word === '1') break;
    expect(isLeft).to.equal(true);
  });

  it('fails with the stream, and with what makes the words', async () => {
    const thrown: unknown[] = [];
    async function* failing(): AsyncGenerator<number, void, undefined> {
      yield await Promise.resolve(1);
      throw new Error('stream');
    }
    const inWords = (): string => {
      throw new Error('words');
    };
    for (const stream of [mapped(failing(), String), mapped(numbers(), inWords)])
      try {
        for await (const word of stream) expect(word).to.equal('1');
      } catch (error) {
        thrown.push((error as Error).message);
      }
    expect([thrown, isLeft]).to.deep.equal([['stream', 'words'], true]);
  });
});
