import { InvalidArgumentError } from 'commander';
import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { parseLabels } from '../../../../../coordinator/cli/commands/host-changes.js';
import { parseSince } from '../../../../../coordinator/cli/commands/instance-logs.js';
import {
  countArgument,
  durationArgument,
  namesArgument,
  pairArgument,
} from '../../../../../coordinator/cli/global-options.js';

const reasonOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof HeadframeError ? error.reason : error;
  }
  return 'nothing thrown';
};

describe('Arguments', () => {
  it('takes labels to set and to remove', () => {
    expect(parseLabels(['rack=a', 'zone=', 'old-', 'a=b=c'])).to.deep.equal({
      set: { rack: 'a', zone: '', a: 'b=c' },
      remove: ['old'],
    });
  });

  for (const wrong of ['rack', '=a', '-', '']) {
    it(`refuses ${JSON.stringify(wrong)} as a label`, () => {
      expect(reasonOf(() => parseLabels([wrong]))).to.equal('label_invalid');
    });
  }

  it('takes a time as one in the past or as time gone by', () => {
    expect(parseSince('10m', 1_000_000)).to.equal(400_000);
    expect(parseSince('2h', 1000)).to.equal(0);
    expect(parseSince('2026-01-31T12:00:00Z', 0)).to.equal(Date.UTC(2026, 0, 31, 12));
    expect(reasonOf(() => parseSince('yesterday', 0))).to.equal('time_invalid');
  });

  it('takes names, and never none of them for all', () => {
    expect(namesArgument('a,b', ['c'])).to.deep.equal(['c', 'a', 'b']);
    for (const wrong of ['', ',']) expect(reasonOf(() => namesArgument(wrong))).to.be.instanceOf(InvalidArgumentError);
  });

  it('takes durations, counts and pairs, and nothing else for them', () => {
    expect(durationArgument('1m30s')).to.equal(90_000);
    expect(countArgument('0')).to.equal(0);
    expect(pairArgument('a=1', { b: '2' })).to.deep.equal({ a: '1', b: '2' });
    for (const wrong of [() => durationArgument('90'), () => countArgument('-1'), () => pairArgument('=1')])
      expect(reasonOf(wrong)).to.be.instanceOf(InvalidArgumentError);
  });
});
