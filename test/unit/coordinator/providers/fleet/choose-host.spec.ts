import { expect } from 'chai';
import type { HostRecord } from '../../../../../common/model/host.js';
import { NO_RESOURCES } from '../../../../../common/model/resources.js';
import { chooseHost } from '../../../../../coordinator/providers/fleet/choose-host.js';
import type { HostChoice, HostWish } from '../../../../../coordinator/providers/fleet/choose-host.js';
import { sampleHost } from '../../../../support/fleet-samples.js';

const GIB = 2 ** 30;

function choice(id: string, patch: Partial<HostRecord> = {}, more: Partial<HostChoice> = {}): HostChoice {
  const free = { cpuMillis: 8000, memoryBytes: 16 * GIB, diskBytes: 100 * GIB, gpus: 0 };
  return { host: sampleHost(id, patch), free, isHeld: false, ...more };
}

function priced(id: string, usd: string): HostChoice {
  return choice(id, { operatorLabels: { 'price-per-epoch-usd': usd } });
}

function wish(patch: Partial<HostWish> = {}): HostWish {
  return { asked: NO_RESOURCES, maxPriceUsd: undefined, labels: {}, ...patch };
}

describe('chooseHost', () => {
  const chosen = (asked: HostWish, choices: readonly HostChoice[]): string | undefined => {
    const verdict = chooseHost(asked, choices);
    return 'host' in verdict ? verdict.host.id : undefined;
  };
  const refused = (asked: HostWish, one: HostChoice): Record<string, number> => {
    const verdict = chooseHost(asked, [one]);
    return 'refused' in verdict ? Object.fromEntries(verdict.refused) : {};
  };

  it('takes the cheapest, and one without a price last', () => {
    const choices = [choice('a-free'), priced('b-dear', '2.5'), priced('c-cheap', '1.5')];
    expect(chosen(wish(), choices)).to.equal('c-cheap');
    expect(chosen(wish(), choices.slice(0, 2))).to.equal('b-dear');
    expect(chooseHost(wish(), choices)).to.include({ priceUsd: '1.5' });
  });

  it('leaves large hosts for large wishes, and decides by id where nothing else does, in whatever order they come', () => {
    const roomy = { free: { cpuMillis: 64_000, memoryBytes: 64 * GIB, diskBytes: GIB, gpus: 0 } };
    const choices = [choice('b'), choice('a'), choice('large', {}, roomy)];
    expect(chosen(wish(), choices)).to.equal('a');
    expect(chosen(wish(), choices.toReversed())).to.equal('a');
    expect(chosen(wish({ asked: { ...NO_RESOURCES, cpuMillis: 9000 } }), choices)).to.equal('large');
  });

  it('takes a host that costs exactly as much as may be spent', () => {
    expect(chosen(wish({ maxPriceUsd: 1.5 }), [priced('a', '1.50')])).to.equal('a');
  });

  const labels = { zone: 'a' };
  const condition = { reason: 'engine_sick', text: '', sinceMs: 0 };
  const cases: readonly (readonly [string, HostWish, HostChoice])[] = [
    ['host_not_ready', wish(), choice('a', { state: 'suspect' })],
    ['host_cordoned', wish(), choice('a', { cordoned: true })],
    ['host_cordoned', wish(), choice('a', { draining: true })],
    ['host_condition', wish(), choice('a', { conditions: [condition] })],
    ['machine_held', wish(), choice('a', {}, { isHeld: true })],
    ['constraint_unmet', wish({ labels }), choice('a', { operatorLabels: { zone: 'b' } })],
    ['constraint_unmet', wish({ labels: { constructor: 'x' } }), choice('a')],
    ['machine_without_price', wish({ maxPriceUsd: 3 }), choice('a')],
    ['machine_without_price', wish({ maxPriceUsd: 3 }), priced('a', 'cheap')],
    ['machine_too_dear', wish({ maxPriceUsd: 3 }), priced('a', '3.01')],
    ['insufficient_cpu', wish({ asked: { ...NO_RESOURCES, cpuMillis: 8001 } }), choice('a')],
    ['insufficient_memory', wish({ asked: { ...NO_RESOURCES, memoryBytes: 17 * GIB } }), choice('a')],
    ['insufficient_disk', wish({ asked: { ...NO_RESOURCES, diskBytes: 101 * GIB } }), choice('a')],
    ['insufficient_gpus', wish({ asked: { ...NO_RESOURCES, gpus: 1 } }), choice('a')],
  ];
  cases.forEach(([reason, asked, one], at) => {
    it(`counts what leaves a host out: ${reason} (case ${String(at)})`, () => {
      expect(refused(asked, one)).to.deep.equal({ [reason]: 1 });
    });
  });

  it('sees labels of agents below those of operators', () => {
    const borne = { agentLabels: { zone: 'b', disk: 'fast' }, operatorLabels: { zone: 'a' } };
    expect(chosen(wish({ labels: { zone: 'a', disk: 'fast' } }), [choice('a', borne)])).to.equal('a');
  });

  it('has nothing to count where there is no host', () => {
    expect(chooseHost(wish(), [])).to.deep.equal({ refused: new Map() });
  });
});
