import { expect } from 'chai';
import { allocatedInFleet, allocatedOn } from '../../../../coordinator/api/allocated.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleMiner, sampleWorkload } from '../../../support/fleet-samples.js';

const small = { cpuMillis: 100, memoryBytes: 1000, diskBytes: 10, gpus: 0, pids: 0 };
const large = { cpuMillis: 1000, memoryBytes: 9000, diskBytes: 90, gpus: 1, pids: 0 };

describe('allocated resources', () => {
  it('are those of instances that hold capacity, and of no others', async () => {
    const { fleet } = await openFleetFixture();
    const first = addMiner(fleet, { resources: small }, 4);
    for (const serial of [first, first + 1, first + 2]) assign(fleet, serial);
    fleet.transact((tx) => tx.updateInstance(first, { state: 'failed', reason: 'exited_error' }));
    expect(allocatedOn(fleet, 'host-1')).to.include({ cpuMillis: 200, memoryBytes: 2000 });
    expect(allocatedInFleet(fleet)).to.deep.equal(allocatedOn(fleet, 'host-1'));
    expect(allocatedOn(fleet, 'host-2')).to.include({ cpuMillis: 0 });
  });

  it('are counted by what each instance runs while a new spec takes the place of the old', async () => {
    const { fleet } = await openFleetFixture();
    const first = addMiner(fleet, { resources: small }, 2);
    fleet.transact((tx) => {
      tx.putWorkload(sampleWorkload({ resources: large }, 2));
      tx.putMiner(sampleMiner({ resources: large }, { workloadId: 2 }));
      tx.createInstances('alpha', 2, 1, { reason: 'queued', text: '' });
    });
    assign(fleet, first, 'host-1');
    assign(fleet, first + 1, 'host-2');
    assign(fleet, first + 2, 'host-1');
    expect(allocatedOn(fleet, 'host-1')).to.include({ cpuMillis: 1100, gpus: 1 });
    expect(allocatedInFleet(fleet)).to.include({ cpuMillis: 1200, gpus: 1 });
  });
});
