import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { checked } from '../../../../../coordinator/gateway/route.js';
import {
  allocateSchema,
  allocateWish,
  deploySchema,
  deployWish,
  removalSchema,
  updatesSchema,
} from '../../../../../coordinator/gateway/vms/wishes.js';

const GIB = 2 ** 30;
const DEFAULTS = {
  configuration: { cpuMillis: 4_000, memoryBytes: 8 * GIB, diskBytes: 25 * GIB },
  maxPriceUsd: 1.5,
};
const WALLET = '0.0.123456';

/** The fields that a body is refused for. */
function wrong(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof HeadframeError) return error.violations.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('wishes of TensorNode', () => {
  it('are for a machine of the default where they say nothing, or a wallet alone', () => {
    const nothing = deployWish(checked(deploySchema, {}), DEFAULTS);
    expect(nothing).to.deep.equal({
      ...{ name: '', account: '', isThere: false, asked: DEFAULTS.configuration, maxPriceUsd: 1.5 },
      ports: [
        { port: 22, protocol: 'tcp' },
        { port: 3000, protocol: 'tcp' },
      ],
    });
    expect(deployWish(checked(deploySchema, { walletAddress: WALLET }), DEFAULTS)).to.deep.equal({
      ...nothing,
      account: WALLET,
    });
  });

  it('are read as the guide writes them', () => {
    const body = {
      constraints: { basicConfiguration: 'cpu-8-ram-16gb-storage-50gb', maxTotalPricePerEpochUsd: '3.0' },
      vmConfiguration: {
        name: 'high-performance-llm',
        openPorts: [
          { port: 22, protocol: 'tcp' },
          { port: 8080, protocol: 'udp' },
        ],
      },
    };
    expect(deployWish(checked(deploySchema, body), DEFAULTS)).to.deep.equal({
      ...{ name: 'high-performance-llm', account: '', isThere: false, maxPriceUsd: 3 },
      asked: { cpuMillis: 8_000, memoryBytes: 16 * GIB, diskBytes: 50 * GIB },
      ports: body.vmConfiguration.openPorts,
    });
    const some = checked(deploySchema, { constraints: { basicConfiguration: 'cpu-2' } });
    expect(deployWish(some, DEFAULTS).asked).to.deep.equal({ ...DEFAULTS.configuration, cpuMillis: 2_000 });
  });

  it('are refused by each field that is wrong', () => {
    const body = {
      walletAddress: '0x12',
      constraints: { basicConfiguration: 'cpu-lots', maxTotalPricePerEpochUsd: 'cheap' },
      vmConfiguration: { name: 'a\nb', openPorts: [{ port: 70_000, protocol: 'icmp' }] },
      osImage: 'ubuntu',
    };
    expect(wrong(() => checked(deploySchema, body))).to.have.members([
      'walletAddress',
      'constraints.basicConfiguration',
      'constraints.maxTotalPricePerEpochUsd',
      'vmConfiguration.name',
      'vmConfiguration.openPorts[0].port',
      'vmConfiguration.openPorts[0].protocol',
      'osImage',
    ]);
    const two = checked(deploySchema, { walletAddress: WALLET, minerAddress: '0.0.7' });
    expect(wrong(() => deployWish(two, DEFAULTS))).to.deep.equal(['walletAddress']);
  });

  it('are for whatever is there where somebody asks for an allocation, who has to say for whom', () => {
    const asked = checked(allocateSchema, { minerAddress: WALLET, instanceName: 'one' });
    expect(allocateWish(asked)).to.deep.include({ account: WALLET, name: 'one', asked: {}, isThere: true });
    expect(wrong(() => allocateWish(checked(allocateSchema, {})))).to.deep.equal(['minerAddress']);
  });

  it('take lists as such and within an object', () => {
    const update = { id: 'a', vmName: 'b' };
    expect(checked(updatesSchema, [update])).to.deep.equal(checked(updatesSchema, { updates: [update] }));
    expect(wrong(() => checked(updatesSchema, { updates: 'all' }))).not.to.deep.equal([]);
    for (const body of [['a'], { vmIds: ['a'] }, { ids: ['a'] }])
      expect(checked(removalSchema, body)).to.deep.equal(['a']);
    expect(wrong(() => checked(removalSchema, {}))).not.to.deep.equal([]);
  });
});
