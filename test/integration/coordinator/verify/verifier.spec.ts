import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { memoryTag } from '../../../../common/challenge/memory.js';
import { nativeArgon2 } from '../../../../common/challenge/native-argon2.js';
import { VerifierProcess } from '../../../../coordinator/verify/verifier.js';
import type { VerifyJob } from '../../../../coordinator/verify/verify-job.js';
import { SMALL } from '../../../support/challenge/wishes.js';
import { expectReason } from '../../../support/expect-reason.js';

const never = new AbortController().signal;

describe('the verifier', () => {
  let verifier: VerifierProcess;
  beforeEach(() => (verifier = new VerifierProcess(systemClock)));
  afterEach(() => {
    verifier.close();
  });

  it('looks at proofs in a process of its own, and tells right from wrong', async () => {
    const seed = Buffer.alloc(32, 3);
    const tag = await memoryTag(nativeArgon2, SMALL.memory, seed);
    const right = verifier.verify(jobOf(seed, tag), never);
    const wrong = verifier.verify(jobOf(seed, Buffer.alloc(32)), never);
    expect((await right).fault).to.equal(undefined);
    expect((await wrong).fault?.reason).to.equal('challenge_wrong_tag');
    expect((await right).verifyMs).to.be.greaterThan(0);
  });

  it('takes so many proofs and no more, and none once it is closed', async () => {
    const seed = Buffer.alloc(32, 3);
    const asked = Array.from({ length: 66 }, () => verifier.verify(jobOf(seed, Buffer.alloc(32)), never));
    const outcomes = Promise.allSettled(asked);
    await expectReason(asked.at(-1) ?? Promise.resolve(), 'challenge_verifier_busy');
    verifier.close();
    await outcomes;
    await expectReason(verifier.verify(jobOf(seed, Buffer.alloc(32)), never), 'challenge_verifier_busy');
  });
});

function jobOf(seed: Buffer, tag: Buffer): VerifyJob {
  const reveal = Buffer.alloc(32);
  return {
    parameters: SMALL.memory,
    seed,
    roots: [tag],
    reveal,
    opened: new Uint8Array(),
    isDrawn: true,
    known: undefined,
  };
}
