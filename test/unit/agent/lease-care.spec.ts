import { expect } from 'chai';
import { judgeLeases } from '../../../agent/host/doctor/lease-judgement.js';
import { LeaseCare } from '../../../agent/lease-care.js';
import { silentLogger } from '../../../common/observe/logger.js';

/** A care whose looks end when the test says. */
function careOf(epoch: number): { care: LeaseCare; asked: ReadonlySet<number>[]; end: () => Promise<void> } {
  const asked: ReadonlySet<number>[] = [];
  let release = (): void => undefined;
  const care = new LeaseCare({
    runtime: {
      keepLeases: async (held) => {
        asked.push(held());
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        throw new Error('the engine went away');
      },
    },
    state: { held: { epoch, revision: 0, assignments: [], retained: [] } },
    held: () => [1, 2],
    logger: silentLogger,
  });
  const end = async (): Promise<void> => {
    release();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { care, asked, end };
}

describe('the care for leases', () => {
  it('frees nothing before a coordinator has said what is held', () => {
    const { care, asked } = careOf(0);
    care.look(AbortSignal.any([]));
    expect(asked).to.deep.equal([]);
  });

  it('names all that is held, one look at a time, and looks again after one that failed', async () => {
    const { care, asked, end } = careOf(3);
    care.look(AbortSignal.any([]));
    care.look(AbortSignal.any([]));
    expect(asked).to.deep.equal([new Set([1, 2])]);
    await end();
    care.look(AbortSignal.any([]));
    expect(asked).to.have.length(2);
    await end();
  });
});

describe('what the doctor says of leases', () => {
  const one = { text: 'no tc', remedy: 'install it' };

  it('is a problem for each wall that cannot be built, and a warning for what is not enforced', () => {
    const found = judgeLeases({ faults: [one], weaknesses: [one, one] });
    expect(found.map(({ check, status }) => `${check} ${status}`)).to.deep.equal([
      'leases problem',
      'leases warning',
      'leases warning',
    ]);
  });

  it('is well where there is neither', () => {
    expect(judgeLeases({ faults: [], weaknesses: [] }).map(({ status }) => status)).to.deep.equal(['ok']);
  });
});
