import { expect } from 'chai';
import fc from 'fast-check';
import { parameterFault } from '../../../../common/challenge/parameters.js';
import { askCpu, askDisk, askGpu, askMemory, askNetwork } from '../../../../coordinator/verify/ask.js';

const MIB = 2 ** 20;

describe('what is asked of a host for what it claims', () => {
  it('is within bounds for any claim that a miner may have', () => {
    const claims = fc.record({
      cpuMillis: fc.integer({ min: 10, max: 1_024_000 }),
      memoryBytes: fc.integer({ min: 64 * MIB, max: 2 ** 41 }),
      diskBytes: fc.integer({ min: 0, max: 2 ** 50 }),
    });
    fc.assert(
      fc.property(claims, ({ cpuMillis, memoryBytes, diskBytes }) => {
        const all = [
          askCpu(cpuMillis, 'memory'),
          askCpu(cpuMillis, 'cache'),
          askMemory(memoryBytes, cpuMillis),
          askDisk(diskBytes, 'label-1', 'plot'),
          askNetwork(),
          askGpu([{ id: 'GPU-1', memoryBytes }]),
        ];
        expect(all.map(parameterFault)).to.deep.equal(all.map(() => undefined));
      }),
    );
  });

  it('costs at most two hundredths of the work to look at', () => {
    for (const cpus of [1, 2, 5, 16, 64]) {
      const { chains, steps, samples } = askCpu(cpus * 1000, 'memory');
      expect(chains).to.equal(cpus);
      expect(samples / (chains * steps)).to.be.at.most(1 / 60);
    }
  });

  it('is most of the memory, and a label no larger than the disk', () => {
    expect(askMemory(1024 * MIB, 2_500)).to.deep.equal({ type: 'memory', memoryKib: 838_860, lanes: 2 });
    expect(askDisk(100 * MIB, 'l', 'plot').nodes * 64).to.equal(64 * MIB);
    expect(askDisk(2 ** 40, 'l', 'plot').nodes * 64).to.equal(256 * MIB);
    const bytes = askGpu([{ id: 'GPU-1', memoryBytes: 24 * 2 ** 30 }]).devices.map(({ tiles }) => tiles * 16_384);
    expect((bytes[0] ?? 0) / (24 * 2 ** 30)).to.be.within(0.8499, 0.85);
  });
});
