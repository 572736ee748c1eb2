import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { MinerSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import type { Miner } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { WalletSchema } from '../../../../common/gen/headframe/v1/wallet_service_pb.js';
import { readHostScores, scoresOfHosts } from '../../../../coordinator/cli/host-scores.js';
import type { ScoredFleet } from '../../../../coordinator/cli/host-scores.js';
import type { Invocation } from '../../../../coordinator/cli/invocation.js';

const PLACE = { network: 'net', netuid: 7 };

function miner(name: string, hotkey: string, place = PLACE): Miner {
  const section = { case: 'module', value: { chain: { ...place, wallet: 'farm', hotkey } } } as const;
  return create(MinerSchema, { spec: { name, section } });
}

const hotkeys = ['one', 'two', 'three', 'four'].map((name) => ({ name, address: `5${name}` }));
const FLEET: ScoredFleet = {
  miners: [
    miner('fast', 'one'),
    miner('slow', 'two'),
    miner('idle', 'three'),
    miner('elsewhere', 'four', { network: 'net', netuid: 8 }),
    miner('keyless', 'none'),
  ],
  wallets: [create(WalletSchema, { name: 'farm', hotkeys })],
  instances: [
    { miner: 'fast', hostId: 'a' },
    { miner: 'slow', hostId: 'b' },
    { miner: 'elsewhere', hostId: 'a' },
  ],
  scores: [
    { hostId: 'a', score: 12.5 },
    { hostId: 'b', score: 3 },
  ],
};

describe('scores of hosts for weights', () => {
  it('are those of the hosts on which miners of the subnet run, by the addresses of their hotkeys', () => {
    expect(scoresOfHosts(PLACE, FLEET)).to.deep.equal({ '5one': 12.5, '5two': 3, '5three': 0 });
    expect(scoresOfHosts({ network: 'net', netuid: 8 }, FLEET)).to.deep.equal({ '5four': 12.5 });
    expect(scoresOfHosts({ network: 'other', netuid: 7 }, FLEET)).to.deep.equal({});
    expect(scoresOfHosts(PLACE, { ...FLEET, scores: [] })).to.deep.equal({ '5one': 0, '5two': 0, '5three': 0 });
  });

  it('are read from all pages of what the coordinator has', async () => {
    const paged =
      (name: string, all: readonly unknown[]) =>
      ({ pageToken }: { pageToken: string }) => {
        const at = pageToken === '' ? 0 : Number(pageToken);
        return Promise.resolve({ [name]: [all[at]], nextPageToken: at + 1 < all.length ? String(at + 1) : '' });
      };
    const connection = {
      fleet: { listMiners: paged('miners', FLEET.miners), listInstances: paged('instances', FLEET.instances) },
      wallets: { listWallets: () => Promise.resolve({ wallets: FLEET.wallets }) },
      challenges: { listScores: paged('scores', FLEET.scores) },
    };
    const call = { connect: () => Promise.resolve(connection), callOptions: {} } as unknown as Invocation; // as far as it is used
    expect(await readHostScores(call, PLACE)).to.deep.equal({ '5one': 12.5, '5two': 3, '5three': 0 });
  });
});
