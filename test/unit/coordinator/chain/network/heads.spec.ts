import { expect } from 'chai';
import { HeadTrack } from '../../../../../coordinator/chain/network/heads.js';
import type { Header } from '../../../../../coordinator/chain/network/heads.js';

/** Blocks named by their fork and height; a fork leaves the main one after block `since`. */
class Blocks {
  readonly fetched: string[] = [];
  readonly #since: number;

  constructor(since = 0) {
    this.#since = since;
  }

  at(number: number, fork = 'main'): Header {
    return { number, hash: this.#hash(number, fork), parentHash: this.#hash(number - 1, fork) };
  }

  readonly fetch = (hash: string): Promise<Header> => {
    this.fetched.push(hash);
    const [fork = '', number = ''] = hash.split('/');
    return Promise.resolve(this.at(Number(number), fork));
  };

  #hash(number: number, fork: string): string {
    return `${number <= this.#since ? 'main' : fork}/${String(number)}`;
  }
}

describe('the track of best blocks', () => {
  it('goes on block by block, and takes one that is told again for the same', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks()];
    await track.take(blocks.at(7), blocks.fetch);
    blocks.fetched.length = 0;
    expect(await track.take(blocks.at(8), blocks.fetch)).to.deep.equal({ kind: 'next', missed: 0 });
    expect(await track.take(blocks.at(8), blocks.fetch)).to.deep.equal({ kind: 'same' });
    expect(blocks.fetched).to.deep.equal([]);
    expect(track.best).to.deep.equal({ number: 8, hash: 'main/8' });
  });

  it('fills a gap by the hashes of parents', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks()];
    await track.take(blocks.at(7), blocks.fetch);
    expect(await track.take(blocks.at(11), blocks.fetch)).to.deep.equal({ kind: 'next', missed: 3 });
    expect(blocks.fetched).to.deep.equal(['main/10', 'main/9', 'main/8']);
    expect(track.hashAt(9)).to.equal('main/9');
  });

  it('leaves a gap that is too wide, and says how wide', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks()];
    await track.take(blocks.at(7), blocks.fetch);
    expect(await track.take(blocks.at(1007), blocks.fetch)).to.deep.equal({ kind: 'gap', missed: 999 });
    expect(blocks.fetched).to.have.length(63);
  });

  it('tells a reorganisation by another hash at a known height, with its depth', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks(10)];
    for (const number of [9, 10, 11, 12]) await track.take(blocks.at(number), blocks.fetch);
    expect(await track.take(blocks.at(13, 'fork'), blocks.fetch)).to.deep.equal({ kind: 'reorg', depth: 2 });
    expect(track.hashAt(11)).to.equal('fork/11');
    expect(track.hashAt(10)).to.equal('main/10');
  });

  it('tells one by a lower head of another past', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks(10)];
    for (const number of [9, 10, 11, 12]) await track.take(blocks.at(number), blocks.fetch);
    expect(await track.take(blocks.at(11, 'fork'), blocks.fetch)).to.deep.equal({ kind: 'reorg', depth: 2 });
    expect(track.best).to.deep.equal({ number: 11, hash: 'fork/11' });
    expect(track.hashAt(12)).to.equal(undefined);
  });

  it('tells a node that lags, or went back, from one of another past', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks()];
    for (const number of [9, 10, 11, 12]) await track.take(blocks.at(number), blocks.fetch);
    expect(await track.take(blocks.at(10), blocks.fetch)).to.deep.equal({ kind: 'back', depth: 2 });
    expect(await track.take(blocks.at(12), blocks.fetch)).to.deep.equal({ kind: 'next', missed: 1 });
  });

  it('takes nothing when a block in between cannot be had', async () => {
    const [track, blocks] = [new HeadTrack(), new Blocks()];
    await track.take(blocks.at(7), blocks.fetch);
    const failure = await track
      .take(blocks.at(9), () => Promise.reject(new Error('gone')))
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(track.best?.number).to.equal(7);
  });
});
