import { expect } from 'chai';
import fc from 'fast-check';
import type { AutoscaleSpec } from '../../../../common/model/autoscale.js';
import { planScale } from '../../../../coordinator/autoscale/plan.js';
import type { ScalePlan, ScaleView } from '../../../../coordinator/autoscale/plan.js';
import { measureOf, samplePolicy, sampleRule, totalOf, CPU, QUEUE } from '../../../support/autoscale-samples.js';

const NOW_MS = 1_000_000;

function viewOf(patch: Partial<ScaleView> = {}): ScaleView {
  const empty = { wishes: [], steps: [], nowMs: NOW_MS };
  return { policy: samplePolicy(), replicas: 2, measures: [measureOf([50, 50])], ...empty, ...patch };
}

function decide(patch: Partial<ScaleView>): Pick<ScalePlan, 'replicas' | 'reason'> {
  const { replicas, reason } = planScale(viewOf(patch));
  return { replicas, reason };
}

const each = (value: number, count: number): number[] => Array.from({ length: count }, () => value);

describe('planScale', () => {
  const table: readonly [string, Partial<ScaleView>, number, string][] = [
    ['scales up in proportion to the load', { measures: [measureOf([100, 100])] }, 4, 'miner_scaled'],
    ['rounds up', { measures: [measureOf([60, 60])] }, 3, 'miner_scaled'],
    ['scales down in proportion to the load', { replicas: 4, measures: [measureOf(each(25, 4))] }, 2, 'miner_scaled'],
    ['holds within the tolerance above the target', { measures: [measureOf([54, 54])] }, 2, 'autoscale_steady'],
    ['holds within the tolerance below the target', { measures: [measureOf([46, 46])] }, 2, 'autoscale_steady'],
    ['goes no further than max', { measures: [measureOf(each(100, 8))], replicas: 8 }, 10, 'miner_scaled'],
    ['tells that max is in the way', { measures: [measureOf(each(100, 10))], replicas: 10 }, 10, 'autoscale_at_max'],
    ['tells that min is in the way', { measures: [measureOf([0])], replicas: 1 }, 1, 'autoscale_at_min'],
    [
      'takes nothing away while a metric is missing',
      { replicas: 4, measures: [measureOf(each(5, 4)), totalOf(undefined)] },
      4,
      'autoscale_metric_missing',
    ],
    [
      'scales up by one metric while another is missing',
      { measures: [measureOf([100, 100]), totalOf(undefined)] },
      4,
      'miner_scaled',
    ],
    [
      'holds while every metric is missing',
      { measures: [measureOf([undefined, undefined])] },
      2,
      'autoscale_metric_missing',
    ],
    ['takes the largest wish', { measures: [measureOf([10, 10]), totalOf(70)] }, 7, 'miner_scaled'],
    [
      'counts instances of which nothing is known for nothing on the way up',
      { replicas: 4, measures: [measureOf([100, 100, undefined, undefined])] },
      4,
      'autoscale_waiting',
    ],
    [
      'counts them as right on target on the way down',
      { replicas: 4, measures: [measureOf([10, undefined, undefined, undefined])] },
      4,
      'autoscale_waiting',
    ],
    [
      'counts replicas that are missing altogether like them',
      { replicas: 4, measures: [measureOf([100, 100])] },
      4,
      'autoscale_waiting',
    ],
    ['does not take a surge for load', { replicas: 4, measures: [measureOf(each(40, 5))] }, 4, 'autoscale_steady'],
    [
      'gets away from zero by a total',
      { replicas: 0, measures: [totalOf(25)], policy: samplePolicy({ min: 0, metrics: [QUEUE] }) },
      3,
      'miner_scaled',
    ],
    [
      'goes to zero by a total',
      { replicas: 3, measures: [totalOf(0)], policy: samplePolicy({ min: 0, metrics: [QUEUE] }) },
      0,
      'miner_scaled',
    ],
    [
      'takes a value below zero for zero',
      { replicas: 3, measures: [totalOf(-5)], policy: samplePolicy({ metrics: [QUEUE] }) },
      1,
      'miner_scaled',
    ],
  ];
  for (const [title, view, replicas, reason] of table)
    it(title, () => {
      expect(decide(view)).to.deep.equal({ replicas, reason });
    });

  it('tells the metric, its value and target, and both numbers of a step', () => {
    const { text } = planScale(viewOf({ measures: [measureOf([100, 60])] }));
    for (const part of ['cpu', '80 %', '50 %', 'from 2 to 4']) expect(text).to.include(part);
  });

  describe('with a stabilisation window', () => {
    const policy = samplePolicy({
      scaleUp: sampleRule({ stabilisationMs: 60_000 }),
      scaleDown: sampleRule({ stabilisationMs: 300_000 }),
    });
    const low = { policy, replicas: 4, measures: [measureOf(each(10, 4))] };

    it('takes nothing away that was wanted within the window', () => {
      expect(decide({ ...low, wishes: [{ ageMs: 299_999, replicas: 4 }] })).to.deep.equal({
        replicas: 4,
        reason: 'autoscale_stabilising',
      });
    });

    it('goes down to the largest wish of the window', () => {
      const wishes = [
        { ageMs: 300_000, replicas: 4 },
        { ageMs: 200_000, replicas: 3 },
        { ageMs: 15_000, replicas: 1 },
      ];
      expect(decide({ ...low, wishes })).to.deep.equal({ replicas: 3, reason: 'miner_scaled' });
    });

    it('adds no more than the smallest wish of the window', () => {
      const high = { policy, measures: [measureOf([100, 100])] };
      expect(decide({ ...high, wishes: [{ ageMs: 59_999, replicas: 2 }] })).to.deep.equal({
        replicas: 2,
        reason: 'autoscale_stabilising',
      });
      expect(decide({ ...high, wishes: [{ ageMs: 59_999, replicas: 3 }] })).to.deep.equal({
        replicas: 3,
        reason: 'miner_scaled',
      });
      expect(decide({ ...high, wishes: [{ ageMs: 60_000, replicas: 2 }] })).to.deep.equal({
        replicas: 4,
        reason: 'miner_scaled',
      });
    });

    it('never turns a wish to go up into a step down', () => {
      const wishes = [{ ageMs: 1000, replicas: 1 }];
      expect(decide({ policy, measures: [measureOf([100, 100])], wishes }).replicas).to.equal(2);
    });
  });

  describe('with a cool-down', () => {
    const policy = samplePolicy({ scaleUp: sampleRule({ cooldownMs: 30_000 }) });
    const stepAt = (atMs: number): Partial<ScaleView> => ({
      policy,
      measures: [measureOf([100, 100])],
      steps: [{ atMs, from: 3, to: 2, text: '' }],
    });

    it('holds after a step in either direction until it is over', () => {
      expect(decide(stepAt(NOW_MS - 29_999))).to.deep.equal({ replicas: 2, reason: 'autoscale_cooldown' });
      expect(decide(stepAt(NOW_MS - 30_000)).replicas).to.equal(4);
    });

    it('does not wait for a step that a clock set back has left ahead', () => {
      expect(decide(stepAt(NOW_MS + 3_600_000)).replicas).to.equal(4);
    });
  });

  describe('with a step limit', () => {
    const limited = (count: number, percent: number): AutoscaleSpec => {
      const rule = sampleRule({ maxStep: { count, percent, periodMs: 60_000 } });
      return samplePolicy({ max: 100, scaleUp: rule, scaleDown: rule });
    };

    it('allows the larger of count and percent', () => {
      const measures = [measureOf(each(100, 10))];
      expect(decide({ policy: limited(4, 0), replicas: 10, measures }).replicas).to.equal(14);
      expect(decide({ policy: limited(4, 50), replicas: 10, measures }).replicas).to.equal(15);
      expect(decide({ policy: limited(0, 1), replicas: 10, measures }).replicas).to.equal(11);
    });

    it('limits the way down as well', () => {
      expect(decide({ policy: limited(0, 50), replicas: 10, measures: [measureOf(each(1, 10))] }).replicas).to.equal(5);
    });

    it('counts the steps of the period together', () => {
      const steps = [{ atMs: NOW_MS - 59_999, from: 6, to: 10, text: '' }];
      const view = { policy: limited(4, 0), replicas: 10, measures: [measureOf(each(100, 10))] };
      expect(decide({ ...view, steps })).to.deep.equal({ replicas: 10, reason: 'autoscale_limited' });
      const before = [{ atMs: NOW_MS - 60_000, from: 6, to: 10, text: '' }];
      expect(decide({ ...view, steps: before }).replicas).to.equal(14);
    });

    it('gets away from zero by percent alone', () => {
      const policy = { ...limited(0, 100), min: 0, metrics: [QUEUE] };
      expect(decide({ policy, replicas: 0, measures: [totalOf(50)] }).replicas).to.equal(1);
    });
  });
});

const rules = fc.record({
  stabilisationMs: fc.constantFrom(0, 30_000, 300_000),
  cooldownMs: fc.constantFrom(0, 60_000),
  maxStep: fc.record({
    count: fc.integer({ min: 0, max: 5 }),
    percent: fc.constantFrom(0, 10, 100),
    periodMs: fc.constant(15_000),
  }),
});
const policies = fc
  .record({
    min: fc.integer({ min: 1, max: 20 }),
    span: fc.integer({ min: 0, max: 80 }),
    tolerancePercent: fc.integer({ min: 0, max: 30 }),
    scaleUp: rules,
    scaleDown: rules,
  })
  .map(({ span, ...rest }): AutoscaleSpec => ({ ...rest, max: rest.min + span, metrics: [CPU] }));
const loads = fc.array(fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }), { maxLength: 30 });

describe('planScale, whatever the load', () => {
  it('stays within the bounds, and has a why', () => {
    const wishes = fc.array(
      fc.record({ ageMs: fc.integer({ min: 0, max: 400_000 }), replicas: fc.integer({ min: 0, max: 200 }) }),
    );
    fc.assert(
      fc.property(policies, loads, wishes, fc.integer({ min: 0, max: 100 }), (policy, values, past, at) => {
        const replicas = Math.min(policy.max, Math.max(policy.min, at));
        const plan = planScale(viewOf({ policy, replicas, measures: [measureOf(values)], wishes: past }));
        expect(plan.replicas).to.be.within(policy.min, policy.max);
        expect(plan.wish).to.be.within(policy.min, policy.max);
        expect(plan.text).to.not.equal('');
        expect(plan.reason === 'miner_scaled').to.equal(plan.replicas !== replicas);
      }),
      { numRuns: 2000 },
    );
  });

  it('never asks for fewer where there is more load', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(policies, pairs, fc.nat(5), fc.integer({ min: 1, max: 20 }), (policy, values, unknown, at) => {
        const replicas = Math.min(policy.max, Math.max(policy.min, at));
        const nobody = Array.from({ length: unknown }, () => undefined);
        const wishAt = (measured: number[]): number =>
          planScale(viewOf({ policy, replicas, measures: [measureOf([...measured, ...nobody])] })).wish;
        const less = wishAt(values.map(([load]) => load));
        expect(wishAt(values.map(([load, more]) => load + more))).to.be.at.least(less);
      }),
      { numRuns: 2000 },
    );
  });

  it('comes to rest under a constant load and stays there', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 100 }), (policy, load, at) => {
        let replicas = Math.min(policy.max, Math.max(policy.min, at));
        let steps: ScaleView['steps'] = [];
        let wishes: { readonly atMs: number; readonly replicas: number }[] = [];
        const seen: number[] = [replicas];
        for (let nowMs = 0; nowMs < 8_000_000; nowMs += 15_000) {
          const measures = [measureOf(each(load / replicas, replicas))];
          const past = wishes.map((wish) => ({ ageMs: nowMs - wish.atMs, replicas: wish.replicas }));
          const plan = planScale({ policy, replicas, measures, wishes: past, steps, nowMs });
          wishes = [...wishes.slice(-30), { atMs: nowMs, replicas: plan.wish }];
          if (plan.replicas !== replicas)
            steps = [...steps.slice(-5), { atMs: nowMs, from: replicas, to: plan.replicas, text: '' }];
          replicas = plan.replicas;
          seen.push(replicas);
        }
        const turns = directionsOf(seen).filter((direction, index, all) => index > 0 && direction !== all[index - 1]);
        expect(turns, 'changes of direction').to.have.lengthOf(0);
        expect(new Set(seen.slice(-20)).size, 'numbers at the end').to.equal(1);
      }),
      { numRuns: 300 },
    );
  });
});

function directionsOf(numbers: readonly number[]): number[] {
  return numbers.slice(1).flatMap((number, index) => {
    const change = Math.sign(number - (numbers[index] ?? number));
    return change === 0 ? [] : [change];
  });
}
