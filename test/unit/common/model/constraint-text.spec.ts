import { expect } from 'chai';
import { parseConstraintText, priceConstraint } from '../../../../common/model/constraint-text.js';
import { holds } from '../../../../coordinator/scheduler/constraint.js';
import type { HostAttributes } from '../../../../coordinator/scheduler/constraint.js';

const GIB = 2 ** 30;

describe('what a machine has to have, as a text', () => {
  it('is read in any order and by either name', () => {
    const all = { cpuMillis: 8000, memoryBytes: 16 * GIB, diskBytes: 50 * GIB };
    expect(parseConstraintText('cpu-8-ram-16gb-storage-50gb')).to.deep.equal(all);
    expect(parseConstraintText(' Disk-50GiB-CPU-8-Memory-16gb ')).to.deep.equal(all);
    expect(parseConstraintText('cpu-500m-gpu-2')).to.deep.equal({ cpuMillis: 500, gpus: 2 });
    expect(parseConstraintText('ram-1.5gb')).to.deep.equal({ memoryBytes: 1.5 * GIB });
  });

  it('is nothing else', () => {
    const wrong = [
      '',
      'cpu',
      'cpu-',
      'cpu-8-',
      'cpu-0',
      'cpu--8',
      'cpu-8-cpu-4',
      'ram-16',
      'ram-16xb',
      'bogus-1',
      '8-cpu',
    ];
    for (const text of [...wrong, 'cpu-8-ram-16gb-disk', 'ram-1gb-memory-1gb', 'gpu-1.5', `cpu-${'1'.repeat(300)}`])
      expect(parseConstraintText(text), text).to.equal(undefined);
  });

  it('costs no more than a price, which is still no more', () => {
    const at = (price?: string): HostAttributes =>
      // Nothing but labels is looked at.
      ({ labels: price === undefined ? {} : { 'price-per-epoch-usd': price } }) as unknown as HostAttributes;
    const constraint = priceConstraint(1.5);
    if (constraint === undefined) throw new Error('it is a price');
    for (const price of ['1.5', '1.50', '0', '1.499999']) expect(holds(constraint, at(price)), price).to.equal(true);
    for (const price of ['1.51', '1.500001', '20', 'free', '', undefined])
      expect(holds(constraint, at(price)), price).to.equal(false);
    for (const usd of [-1, Number.NaN, Infinity, 1e10]) expect(priceConstraint(usd), String(usd)).to.equal(undefined);
    expect(priceConstraint(0.1)?.values).to.deep.equal(['0.100001']);
  });
});
