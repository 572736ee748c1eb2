import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { ChallengeType, VerdictOutcome, VerdictSchema } from '../../../../../common/gen/headframe/v1/verdict_pb.js';
import type { Verdict } from '../../../../../common/gen/headframe/v1/verdict_pb.js';
import { challengeRoute, challengedOf, challengedSchema } from '../../../../../coordinator/gateway/leases/challenge.js';
import type { Exchange } from '../../../../../coordinator/gateway/route.js';
import { expectReason } from '../../../../support/expect-reason.js';

function verdictOf(over: Partial<Pick<Verdict, 'outcome' | 'units'>> = {}): Verdict {
  const passed = { id: 'c1', hostId: 'rig', outcome: VerdictOutcome.PASSED, reason: 'challenge_passed', text: 'seen' };
  return create(VerdictSchema, { ...passed, claimed: 1000n, units: 1000, proveMs: 5n, ...over });
}

describe('PUT /challenge', () => {
  it('asks the host of the lease, and answers with the verdict in the shape of the seed', async () => {
    const asked: unknown[] = [];
    const call = (method: { readonly name: string }, request: unknown) => {
      asked.push([method.name, request]);
      return Promise.resolve({ verdict: verdictOf() });
    };
    // The method is answered with what it answers with.
    const exchange = (body: object) => ({ params: { id: 'l-1' }, query: {}, body, call }) as unknown as Exchange;
    const { body } = await challengeRoute.answer(exchange({ type: 'compute', data: { duration: 5 } }));
    expect(asked).to.deep.equal([['ChallengeLease', { id: 'l-1', type: ChallengeType.CPU }]]);
    expect(challengedSchema.parse(body)).to.deep.equal(body);
    expect(body).to.deep.include({ status: 'success', type: 'compute' });
    await challengeRoute.answer(exchange({ type: 'memory' }));
    expect(asked.at(-1)).to.deep.equal(['ChallengeLease', { id: 'l-1', type: ChallengeType.MEMORY }]);
    const command = { type: 'compute', data: { command: 'true' } };
    await expectReason(challengeRoute.answer(exchange(command)), 'challenge_command_refused');
    expect(asked.length).to.equal(2);
  });

  it('says passed, failed and void apart, and makes up no figures', () => {
    const failed = challengedOf('memory', verdictOf({ outcome: VerdictOutcome.FAILED, units: 0 }));
    expect(failed.command_result).to.deep.equal({ status: 'failed', exit_code: 1, output: 'seen' });
    expect(failed.metrics).to.include({ memory_usage: 0, memory_limit: 1000, memory_percent: 0, cpu_usage: null });
    expect(challengedOf('memory', verdictOf()).metrics.memory_percent).to.equal(100);
    const nothing = challengedOf('memory', verdictOf({ outcome: VerdictOutcome.VOID, units: 0 }));
    expect([nothing.status, nothing.command_result.exit_code, nothing.metrics.memory_usage]).to.deep.equal([
      ...['void', null, null],
    ]);
  });
});
