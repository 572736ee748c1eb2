import { expect } from 'chai';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { commitDeadlineMs, openDeadlineMs } from '../../../../coordinator/verify/rates.js';
import { SMALL } from '../../../support/challenge/wishes.js';

describe('the reference rates of challenges', () => {
  const ratesOf = (rates: object) => coordinatorConfigSchema.parse({ challenges: { rates } }).challenges.rates;
  const wrongIn = (rates: object): string[] =>
    coordinatorConfigSchema.safeParse({ challenges: { rates } }).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const cpu = { ...SMALL.cpu, steps: 128, memoryKib: 65_536 };
  const memory = { ...SMALL.memory, memoryKib: 2 ** 20 };
  const plot = { ...SMALL.plot, nodes: 2 ** 14, layers: 4 };
  const read = { ...SMALL.read, reads: 32 };

  it('are patient with a small shared machine and a spinning disk unless they are set', () => {
    const rates = ratesOf({});
    expect(commitDeadlineMs(cpu, rates)).to.equal(2_000 + 4 * 8 * 6_400);
    expect(commitDeadlineMs(memory, rates)).to.equal(2_000 + 1.3 * 6_400);
    expect(commitDeadlineMs(plot, rates)).to.equal(2_000 + 4 * 4 * 328);
    expect(openDeadlineMs(read, rates)).to.equal(2_000 + 32 * 94);
  });

  it('move the deadline of their own type alone, and the grace that of each', () => {
    const set = { cpuPerGib: '400ms', memoryPerGib: '500ms', layerPerMib: '50ms', read: '16ms', grace: '1s' };
    const deadlines = (rates: object) => {
      const made = ratesOf(rates);
      return [cpu, memory, plot].map((one) => commitDeadlineMs(one, made)).concat(openDeadlineMs(read, made));
    };
    expect(deadlines(set)).to.deep.equal([1_000 + 4 * 8 * 400, 1_000 + 1.3 * 500, 1_000 + 4 * 4 * 50, 1_000 + 32 * 16]);
    const usual = deadlines({});
    Object.entries(set)
      .slice(0, 4)
      .forEach(([name, value], at) => {
        const changed = deadlines({ [name]: value }).flatMap((ms, index) => (ms === usual[index] ? [] : [index]));
        expect(changed, name).to.deep.equal([at]);
      });
  });

  it('are refused where they are no time, or beyond their range', () => {
    expect(wrongIn({ cpuPerGib: '1ms' })).to.deep.equal(['challenges.rates.cpuPerGib']);
    expect(wrongIn({ read: '1h', grace: 5 })).to.deep.equal(['challenges.rates.read', 'challenges.rates.grace']);
    expect(wrongIn({ perGib: '1s' })).to.deep.equal(['challenges.rates']);
  });
});
