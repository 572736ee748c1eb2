import { expect } from 'chai';
import { Outflow } from '../../../../common/observe/outflow.js';

/** A connection whose server takes what was sent when the test says so. */
class Pipe {
  published = 0;
  flushes = 0;
  #taken: (() => void)[] = [];

  publish(): void {
    this.published += 1;
  }

  flush(): Promise<void> {
    this.flushes += 1;
    return new Promise((resolve) => this.#taken.push(resolve));
  }

  async take(): Promise<void> {
    for (const taken of this.#taken.splice(0)) taken();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const MIB = new Uint8Array(2 ** 20);

describe('Outflow', () => {
  it('asks once at a time whether the server has taken all', async () => {
    const pipe = new Pipe();
    const outflow = new Outflow(pipe);
    for (let i = 0; i < 5; i += 1) outflow.send('s', MIB);
    expect([pipe.published, pipe.flushes]).to.deep.equal([5, 1]);
    await pipe.take();
    expect(pipe.flushes).to.equal(2);
    await pipe.take();
    expect(pipe.flushes).to.equal(2);
  });

  it('takes no more than 8 MiB and one message for a server that takes nothing, and goes on when it does', async () => {
    const pipe = new Pipe();
    const outflow = new Outflow(pipe);
    let taken = 0;
    for (let i = 0; i < 20; i += 1) if (outflow.send('s', MIB)) taken += 1;
    expect(taken).to.equal(9);
    await pipe.take();
    await pipe.take();
    expect(outflow.send('s', MIB)).to.equal(true);
  });
});
