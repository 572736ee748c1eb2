import { create, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { prove } from '../../../../agent/challenge/prover/prove.js';
import { serveProver } from '../../../../agent/challenge/prover/serve.js';
import type { Argon2 } from '../../../../common/challenge/argon2.js';
import { encodeFrame, readFrames } from '../../../../common/challenge/frames.js';
import { parametersToWire } from '../../../../common/challenge/wire.js';
import { ProverWorkSchema } from '../../../../common/gen/headframe/v1/challenge_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { Pipe } from '../../../support/challenge/byte-pipe.js';
import { quickArgon2 } from '../../../support/challenge/quick-argon2.js';
import { SMALL } from '../../../support/challenge/wishes.js';
import { waitFor } from '../../../support/wait-for.js';

const work = toBinary(
  ProverWorkSchema,
  create(ProverWorkSchema, { challengeId: 'c', parameters: parametersToWire(SMALL.memory), seed: new Uint8Array(32) }),
);

describe('a prover whose agent goes away', () => {
  /** A prover that was told its work, which its hands do. */
  function serving(argon2: Argon2) {
    const [input, said] = [new Pipe<Uint8Array>(), new Pipe<Uint8Array>()];
    let gone = 0;
    const onGone = (): void => {
      gone += 1;
    };
    const streams = { input, write: (bytes: Uint8Array) => said.write(bytes), onGone };
    const served = serveProver(streams, {
      clock: systemClock,
      prove: (parameters, seed) => prove(parameters, seed, { argon2, labels: '' }),
    });
    void input.write(encodeFrame('work', work));
    return { input, said, served, gone: () => gone };
  }

  it('hears of it while it works', async () => {
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const { input, gone } = serving(() => {
      start();
      return new Promise(() => undefined);
    });
    await started;
    expect(gone()).to.equal(0);
    input.end();
    await waitFor('the prover to hear of it', () => gone() === 1);
  });

  it('ends by itself where it has done its work', async () => {
    const { input, said, served, gone } = serving(quickArgon2);
    for await (const { kind } of readFrames(said)) if (kind === 'commit') break;
    input.end();
    await served;
    expect(gone()).to.equal(0);
  });
});
