import { blockHash, transactionRoot } from '../../../agent/kinds/space/format/block.js';
import type { Block } from '../../../agent/kinds/space/format/block.js';
import { genesisChallenge } from '../../../agent/kinds/space/format/challenge.js';
import { openMinerKey } from '../../../agent/kinds/space/format/miner-key.js';
import { transactionHash } from '../../../agent/kinds/space/format/transaction.js';
import { hex } from './vectors.js';
import type { SpaceVectors } from './vectors.js';

const NOTHING = Buffer.alloc(32);

/** The first block of a network, signed by a key that only tests know. */
export function genesisBlock(network: Omit<SpaceVectors['genesisBlocks'][number], 'hash' | 'hex'>): Block {
  const key = openMinerKey(hex(network.signerPrivateKey));
  const transactions = network.premine.map(({ recipient, amount }) => {
    const parties = { sender: Buffer.alloc(33), recipient: hex(recipient) };
    const unsigned = { version: 1, ...parties, amount: BigInt(amount), nonce: 0n, fee: 0n };
    return { ...unsigned, signature: key.sign(transactionHash(unsigned)) };
  });
  const unsigned = {
    version: 1,
    parentHash: NOTHING,
    ...{ height: 0n, timestamp: BigInt(network.timestamp), difficulty: BigInt(network.difficulty), epoch: 0n },
    ...{ challenge: genesisChallenge(network.networkId), plotRoot: NOTHING, proofScore: NOTHING },
    transactionRoot: transactionRoot(transactions),
    minerId: key.minerId,
  };
  return {
    header: { ...unsigned, signature: key.sign(blockHash(unsigned)) },
    transactions,
    proof: {
      ...{ leaf: NOTHING, leafIndex: 0n, leafCount: 1n, siblings: [], siblingIsRight: [] },
      ...{ plotId: NOTHING, plotHeaderHash: NOTHING, plotVersion: 1 },
    },
  };
}
