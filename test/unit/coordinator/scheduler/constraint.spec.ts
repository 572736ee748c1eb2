import { expect } from 'chai';
import type { Constraint } from '../../../../common/model/miner.js';
import { attributesOf, holds } from '../../../../coordinator/scheduler/constraint.js';
import { placementHost } from '../../../support/placement-samples.js';

const host = attributesOf(
  placementHost('h1', {
    labels: { zone: 'a', rank: '7', empty: '' },
    patch: {
      name: 'one',
      operatorLabels: { zone: 'b' },
      verification: {
        verified: {
          cpu: { amount: 1, units: 1, atMs: 0, untilMs: 1 },
          disk: { amount: 1, units: 1, atMs: 0, untilMs: 1 },
        },
        clearedAtMs: 0,
      },
    },
  }),
);

const cases: readonly (readonly [Constraint['attribute'], Constraint['operator'], readonly string[], boolean])[] = [
  ['labels.zone', 'in', ['b', 'c'], true],
  ['labels.zone', 'in', ['a'], false],
  ['labels.none', 'in', [''], false],
  ['labels.zone', 'notIn', ['a'], true],
  ['labels.zone', 'notIn', ['b'], false],
  ['labels.none', 'notIn', ['b'], true],
  ['labels.empty', 'exists', [], true],
  ['labels.none', 'exists', [], false],
  ['labels.none', 'notExists', [], true],
  ['labels.zone', 'notExists', [], false],
  ['labels.rank', 'greater', ['6.5'], true],
  ['labels.rank', 'greater', ['7'], false],
  ['labels.rank', 'less', ['10'], true],
  ['labels.rank', 'less', ['7'], false],
  ['labels.zone', 'less', ['10'], false],
  ['labels.empty', 'less', ['10'], false],
  ['labels.none', 'greater', ['-1'], false],
  ['labels.toString', 'exists', [], false],
  ['host.id', 'in', ['h1'], true],
  ['host.name', 'in', ['one'], true],
  ['host.arch', 'in', ['x64'], true],
  ['host.os', 'notIn', ['linux'], false],
  ['host.runtime', 'in', ['docker'], true],
  ['host.unknown', 'exists', [], false],
  ['host.verified', 'exists', [], true],
  ['host.verified', 'notExists', [], false],
  ['host.verified', 'in', ['cpu'], true],
  ['host.verified', 'in', ['disk', 'cpu'], true],
  ['host.verified', 'in', ['cpu', 'memory'], false],
  ['host.verified', 'notIn', ['memory', 'gpu'], true],
  ['host.verified', 'notIn', ['memory', 'cpu'], false],
  ['host.verified', 'greater', ['0'], false],
];

describe('a constraint', () => {
  for (const [attribute, operator, values, expected] of cases)
    it(`${attribute} ${operator} [${values.join()}] ${expected ? 'holds' : 'does not hold'} on the sample host`, () => {
      expect(holds({ attribute, operator, values }, host)).to.equal(expected);
    });
});
