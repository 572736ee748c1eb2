import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { notLeader } from '../../../../coordinator/leadership/index.js';
import { ReportIntake } from '../../../../coordinator/sessions/report-intake.js';
import { sampleReport } from '../../../support/sample-report.js';

/** What is written and what each of two hosts is told when their reports fail by that. */
async function failedBy(error: Error): Promise<{ readonly errors: number; readonly told: readonly string[] }> {
  let errors = 0;
  const told: string[] = [];
  const intake = new ReportIntake({
    fleet: {
      transact: () => {
        throw error;
      },
    },
    board: { progressOf: () => undefined, setProgress: () => undefined },
    logger: { warn: () => undefined, error: () => (errors += 1) },
    clock: systemClock,
    yieldTurn: () => Promise.resolve(),
  });
  const takes = ['h-1', 'h-2'].map((hostId) => {
    const identity = { hostId };
    const end = ({ reason }: { readonly reason: string }): void => {
      told.push(`${hostId} ${reason}`);
    };
    return intake.take({ identity, ackReports: () => undefined, end }, 1, [sampleReport(1)]);
  });
  await Promise.all(takes);
  return { errors, told };
}

describe('the intake of reports', () => {
  it('ends each session with why they are not taken, and writes nothing of it where nothing is changed any more', async () => {
    const lost = await failedBy(notLeader('c2.example:7700'));
    expect(lost).to.deep.equal({ errors: 0, told: ['h-1 not_leader', 'h-2 not_leader'] });
    expect((await failedBy(new Error('a bug'))).errors).to.equal(2);
  });
});
