import type { SubnetRecord } from '../../../common/model/reward.js';
import type { WalletRecord } from '../../../common/model/wallet.js';
import type { Metagraph, Neuron } from '../../../coordinator/chain/metagraph/metagraph.js';

/** A neuron that earned nothing, or as a test says. */
export function sampleNeuron(neuron: Partial<Neuron> = {}): Neuron {
  return {
    ...{ uid: 0, hotkey: 'hot', coldkey: 'cold', registeredAt: 10, active: true, validatorPermit: false },
    ...{ incentive: 0, dividends: 0, consensus: 0, trust: undefined, validatorTrust: 0, rank: undefined },
    ...{ pruningScore: undefined, emission: 0n, stake: 0n, holding: undefined, lastUpdate: 0, endpoint: undefined },
    ...neuron,
  };
}

/** A subnet with a tempo of 360 at block 1000, whose last epoch was at 900; or as a test says. */
export function sampleMetagraph(metagraph: Partial<Metagraph> = {}): Metagraph {
  return {
    ...{ network: 'net', netuid: 3, block: { number: 1_000, hash: '0x1' }, tempo: 360, stepsEachBlock: false },
    ...{ epochs: { last: 900, next: 1_260 }, pool: { kind: 'par' }, parameters: [], neurons: [sampleNeuron()] },
    ...metagraph,
  };
}

/** What a reading at block 640, after an epoch at 540, left; or as a test says. */
export function sampleSubnet(record: Partial<SubnetRecord> = {}): SubnetRecord {
  return {
    ...{ network: 'net', netuid: 3, followed: false, block: 640, atMs: 1, lastEpoch: 540, dueAt: 901, gone: false },
    ...{ parameters: {}, marks: {} },
    ...record,
  };
}

/** A wallet with hotkeys of these addresses. */
export function walletWith(...hotkeys: readonly string[]): WalletRecord {
  const key = { publicKey: '0x', keyType: 'sr25519', createdAtMs: 1, createdBy: 'me' } as const;
  return {
    ...{ ...key, name: 'pay', address: 'cold', id: '1', custody: 'watch', envelope: undefined, proxyFor: undefined },
    hotkeys: hotkeys.map((address) => ({
      ...key,
      address,
      name: address,
      namespace: 'default',
      secret: `pay.${address}`,
    })),
  };
}
