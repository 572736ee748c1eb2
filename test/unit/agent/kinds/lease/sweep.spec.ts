import { expect } from 'chai';
import fc from 'fast-check';
import { parseGround } from '../../../../../agent/kinds/lease/ground.js';
import { planShaping } from '../../../../../agent/kinds/lease/shaping.js';
import { leaseMountsOf, planSweep } from '../../../../../agent/kinds/lease/sweep.js';

const remains = {
  grounds: [1, 2],
  networks: [
    { name: 'n1', serial: 1 },
    { name: 'n3', serial: 3 },
  ],
  mounts: [{ path: '/layer/2', image: '/data/2/disk.img', serial: 2 }],
};

describe('the sweep of leases', () => {
  it('frees what nobody holds, mounts first and folders last', () => {
    expect(planSweep(remains, new Set([1]))).to.deep.equal([
      { kind: 'unmount', path: '/layer/2', serial: 2 },
      { kind: 'removeNetwork', name: 'n3', serial: 3 },
      { kind: 'removeGround', serial: 2 },
    ]);
  });

  it('never touches what is held', () => {
    const serials = fc.array(fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(serials, serials, serials, (grounds, networked, held) => {
        const networks = networked.map((serial) => ({ name: `n${String(serial)}`, serial }));
        const mounts = networked.map((serial) => ({ path: '/p', image: '/i', serial }));
        const steps = planSweep({ grounds, networks, mounts }, new Set(held));
        expect(steps.filter(({ serial }) => held.includes(serial))).to.deep.equal([]);
        expect(new Set(steps.map(({ serial }) => serial)).size).to.equal(
          new Set([...grounds, ...networked].filter((serial) => !held.includes(serial))).size,
        );
      }),
    );
  });

  it('knows its own mounts by the file behind them', () => {
    const mounts = [
      { source: '/data/leases/7/disk.img', target: '/layer' },
      { source: '/data/leases/7/other.img', target: '/x' },
      { source: '/elsewhere/7/disk.img', target: '/y' },
      { source: '', target: '/z' },
    ];
    expect(leaseMountsOf(mounts, '/data/leases')).to.deep.equal([
      { path: '/layer', image: '/data/leases/7/disk.img', serial: 7 },
    ]);
  });

  it('reads back what it kept, and nothing that a crash cut short', () => {
    const ground = {
      ...{ serial: 7, lease: 'l', bridge: 'hlabcde01234567', subnet: '10.213.0.0/29', egress: 'none' as const },
      ...{ bandwidthBytes: 1, diskBytes: 2, layer: '' },
    };
    expect(parseGround(JSON.stringify(ground))).to.deep.equal(ground);
    expect(parseGround(JSON.stringify(ground).slice(0, -3))).to.equal(undefined);
    expect(parseGround(JSON.stringify({ ...ground, bridge: 'docker0' }))).to.equal(undefined);
  });

  it('shapes what a lease receives once, and anew at another rate', () => {
    const lease = { bridge: 'hl1', subnet: '', egress: 'internet' as const, bandwidthBytes: 1_000_000 };
    const args = planShaping(lease, 'qdisc noqueue 0: dev hl1 root refcnt 2') ?? [];
    expect(args.join(' ')).to.match(
      /^qdisc replace dev hl1 root handle [1-8][0-9a-f]{3}: tbf rate 8000000bit burst 131072b/,
    );
    const shown = `qdisc noqueue 0: dev lo root refcnt 2\nqdisc tbf ${args[6] ?? ''} dev hl1 root refcnt 2 rate 8Mbit burst 128Kb lat 400ms`;
    expect(planShaping(lease, shown)).to.equal(undefined);
    expect(planShaping({ ...lease, bridge: 'hl' }, shown)).to.not.equal(undefined);
    expect(planShaping({ ...lease, bandwidthBytes: 2_000_000 }, shown)).to.not.equal(undefined);
  });
});
