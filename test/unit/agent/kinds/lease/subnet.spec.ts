import { expect } from 'chai';
import fc from 'fast-check';
import {
  freeSubnet,
  overlap,
  parseIpv4Range,
  printIpv4Range,
  routedRanges,
} from '../../../../../agent/kinds/lease/subnet.js';
import type { Ipv4Range } from '../../../../../agent/kinds/lease/subnet.js';

const range = (text: string): Ipv4Range => {
  const found = parseIpv4Range(text);
  if (found === undefined) throw new Error(`${text} is no range`);
  return found;
};

describe('networks of leases', () => {
  it('are read and written alike', () => {
    for (const text of ['10.213.0.0/16', '192.0.2.7/32', '0.0.0.0/0', '255.255.255.248/29'])
      expect(printIpv4Range(range(text))).to.equal(text);
    expect(printIpv4Range(range('10.0.0.13/29'))).to.equal('10.0.0.8/29');
    for (const text of ['', '10.0.0', '10.0.0.256', '10.0.0.0/33', 'fe80::1/64'])
      expect(parseIpv4Range(text)).to.equal(undefined);
  });

  it('are the first of the pool that nothing meets', () => {
    const taken = ['10.213.0.0/29', '10.213.0.13/32', '10.213.0.16/28', '172.17.0.0/16'].map(range);
    expect(freeSubnet(range('10.213.0.0/16'), taken)).to.deep.equal(range('10.213.0.32/29'));
  });

  it('are refused where the pool is used up, or lies in what is taken', () => {
    expect(freeSubnet(range('10.213.0.0/29'), [range('10.213.0.0/29')])).to.equal(undefined);
    expect(freeSubnet(range('10.213.0.0/16'), [range('10.0.0.0/8')])).to.equal(undefined);
  });

  it('never meet one another', () => {
    const pool = range('10.213.0.0/24');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), (count) => {
        const taken: Ipv4Range[] = [];
        for (let index = 0; index < count; index += 1) {
          const subnet = freeSubnet(pool, taken);
          expect(subnet !== undefined && !taken.some((other) => overlap(other, subnet))).to.equal(true);
          if (subnet !== undefined) taken.push(subnet);
        }
      }),
    );
  });

  it('keep clear of what the machine routes to, as the kernel writes it', () => {
    const routes = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
      '',
    ];
    expect(routedRanges(routes.join('\n')).map(printIpv4Range)).to.deep.equal(['172.17.0.0/16']);
  });
});
