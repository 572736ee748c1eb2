import { expect } from 'chai';
import type { AutoscaleSpec, HttpScaleMetric } from '../../../../common/model/autoscale.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { wantedReplicas } from '../../../../common/model/miner.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import { applyMiners, scaleMiner } from '../../../../coordinator/rollout/index.js';
import { QUEUE, samplePolicy } from '../../../support/autoscale-samples.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../support/fleet-samples.js';

const KINDS = new Map([['container', containerKind]]);
const HTTP: HttpScaleMetric = {
  kind: 'http',
  port: 'status',
  path: '/metrics',
  select: { format: 'prometheus', name: 'queue' },
  target: 5,
};

describe('an autoscaled miner', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    ({ fleet } = await openFleetFixture());
  });

  function apply(patch: Partial<MinerSpec>): string | undefined {
    const ports = [{ name: 'status', containerPort: 9100, protocol: 'tcp' as const, hostPort: 0 }];
    const spec = sampleSpec({ container: { ...sampleSpec().container, ports }, ...patch });
    return fleet.transact((tx) => applyMiners(tx, [spec], KINDS)).value[0]?.change;
  }

  function choose(replicas: number): void {
    fleet.transact((tx) => {
      const miner = tx.miner('alpha');
      if (miner !== undefined) tx.putMiner({ ...miner, autoscale: { replicas, steps: [] } });
    });
  }

  function wanted(): number {
    const miner = fleet.miner('alpha');
    return miner === undefined ? 0 : wantedReplicas(miner);
  }

  it('begins with its replicas, brought within the bounds', () => {
    apply({ replicas: 1, autoscale: samplePolicy({ min: 3 }) });
    expect(wanted()).to.equal(3);
  });

  it('keeps what was chosen when the same is applied, and when replicas or targets change', () => {
    const autoscale = samplePolicy();
    apply({ replicas: 2, autoscale });
    choose(7);
    expect(apply({ replicas: 2, autoscale })).to.equal('unchanged');
    expect(apply({ replicas: 3, autoscale: samplePolicy({ metrics: [QUEUE] }) })).to.equal('updatedInPlace');
    expect(wanted()).to.equal(7);
  });

  it('keeps what was chosen when its instances are replaced', () => {
    apply({ autoscale: samplePolicy() });
    choose(7);
    expect(apply({ autoscale: samplePolicy(), stopGraceMs: 1 })).to.equal('updatedByReplacement');
    expect(wanted()).to.equal(7);
  });

  it('follows its bounds at once', () => {
    apply({ autoscale: samplePolicy() });
    choose(7);
    apply({ autoscale: samplePolicy({ max: 4 }) });
    expect(wanted()).to.equal(4);
  });

  it('keeps its replicas when it comes to be autoscaled, and takes those of the spec when it no longer is', () => {
    apply({ replicas: 5 });
    apply({ replicas: 1, autoscale: samplePolicy() });
    expect(wanted()).to.equal(5);
    apply({ replicas: 2 });
    expect([wanted(), fleet.miner('alpha')?.autoscale]).to.deep.equal([2, undefined]);
  });

  it('has its instances replaced when there is something else to fetch from them, and not for a new target', () => {
    const withHttp = (patch: Partial<HttpScaleMetric>): AutoscaleSpec =>
      samplePolicy({ metrics: [{ ...HTTP, ...patch }] });
    apply({ autoscale: withHttp({}) });
    expect(apply({ autoscale: withHttp({ target: 9 }) })).to.equal('updatedInPlace');
    expect(apply({ autoscale: withHttp({ path: '/other' }) })).to.equal('updatedByReplacement');
    const workload = fleet.workload(fleet.miner('alpha')?.workloadId ?? 0);
    expect(workload?.metrics?.map(({ port, path }) => [port, path])).to.deep.equal([[9100, '/other']]);
  });

  it('is not scaled by hand', () => {
    apply({ autoscale: samplePolicy() });
    const scale = (): unknown => fleet.transact((tx) => scaleMiner(tx, 'alpha', 4));
    expect(scale).to.throw(HeadframeError).with.property('reason', 'miner_autoscaled');
    expect(wanted()).to.equal(1);
  });
});
