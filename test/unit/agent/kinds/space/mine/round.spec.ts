import { expect } from 'chai';
import { decodeBlock } from '../../../../../../agent/kinds/space/format/block.js';
import { openMinerKey } from '../../../../../../agent/kinds/space/format/miner-key.js';
import { decodeTransaction } from '../../../../../../agent/kinds/space/format/transaction.js';
import type {
  MineEvent,
  MineSettings,
  MineState,
  MineStep,
  MineWorld,
} from '../../../../../../agent/kinds/space/mine/mine-state.js';
import { advance, BOOTED } from '../../../../../../agent/kinds/space/mine/round.js';
import { FrameReader } from '../../../../../../agent/kinds/space/wire/frame-reader.js';
import { encodeFrame } from '../../../../../../agent/kinds/space/wire/message-writer.js';
import { foundIn } from '../../../../../support/space/found-in.js';
import { hex, vectors } from '../../../../../support/space/vectors.js';

const minerKey = openMinerKey(hex(vectors.rounds[0]?.minerPrivateKey ?? ''));
const WORLD: MineWorld = { nowS: 1_767_225_630n, waiting: [] };
const SETTINGS: MineSettings = { minerKey, difficulty: 1n, announce: 'Block', difficultyWaitMs: 2000 };

/** A miner that lives through events, one after the other. */
function mining(settings: Partial<MineSettings> = {}, world = WORLD) {
  let state: MineState = BOOTED;
  return {
    get state() {
      return state;
    },
    hear(event: MineEvent): readonly MineStep[] {
      const turn = advance(state, event, { ...SETTINGS, ...settings }, world);
      state = turn.state;
      return turn.steps;
    },
  };
}

const hashOf = (byte: number): Buffer => Buffer.alloc(32, byte);
const accepted = (byte: number, height: bigint): MineEvent => ({ kind: 'accepted', hash: hashOf(byte), height });

/** The goal of the round that steps begin. */
function goalOf(steps: readonly MineStep[]) {
  const prove = steps.find((step) => step.kind === 'prove');
  if (prove === undefined) throw new Error('no round began');
  return prove.goal;
}

const sendsOf = (steps: readonly MineStep[]) =>
  steps.flatMap((step) => (step.kind === 'submit' || step.kind === 'broadcast' ? [step] : []));

const kinds = (steps: readonly MineStep[]): readonly string[] =>
  steps.map((step) => (step.kind === 'tell' ? step.note : step.kind));

describe('a round', () => {
  vectors.rounds.forEach((vector, at) => {
    it(`goes as given, from the frame that begins it to the frames that end it (${String(at)})`, () => {
      const [incoming] = [...new FrameReader().push(hex(vector.receives))];
      if (incoming?.kind !== 'message' || incoming.message.type !== 'BlockAccepted') throw new Error('no block');
      const { hash, height } = incoming.message;
      const world = { nowS: BigInt(vector.timestamp), waiting: vector.mempool.map((tx) => decodeTransaction(hex(tx))) };
      for (const [announce, frames] of [
        ['Block', [vector.blockFrame0x23]],
        ['NewBlock', [vector.newBlockFrame0x31]],
        ['both', [vector.blockFrame0x23, vector.newBlockFrame0x31]],
      ] as const) {
        const miner = mining({ announce, difficulty: BigInt(vector.difficulty) }, world);
        const { challenge, epoch } = goalOf(miner.hear({ kind: 'accepted', hash, height }));
        expect([challenge.toString('hex'), String(epoch)]).to.deep.equal([vector.challenge, vector.epoch]);
        const found = foundIn(vector.plots, challenge);
        expect([found.plot, String(found.proof.leafIndex)]).to.deep.equal([vector.bestPlot, vector.bestIndex]);
        const steps = [
          ...miner.hear({ kind: 'proved', challenge, found }),
          ...miner.hear({ kind: 'difficulty-due', challenge }),
        ];
        const sent = steps.flatMap((step) => {
          if (step.kind === 'submit') return [encodeFrame(step.message)];
          return step.kind === 'broadcast' ? step.messages.map(encodeFrame) : [];
        });
        const wanted = vector.wins ? [vector.proofSubmission, ...frames] : [vector.proofSubmission];
        expect(sent.map((frame) => frame.toString('hex'))).to.deep.equal(wanted);
        const won = steps.find((step) => step.kind === 'tell' && step.note === 'won');
        expect(won?.kind === 'tell' && won.note === 'won' ? won.hash.toString('hex') : null).to.equal(vector.blockHash);
      }
    });
  });

  it('submits its proof at once and waits for the difficulty that the node names', () => {
    const parent = decodeBlock(hex(vectors.rounds[0]?.blockFrame0x23?.slice(10) ?? ''));
    const hash = hex(vectors.rounds[0]?.blockHash ?? '');
    const miner = mining({ difficulty: 2n ** 63n - 1n });
    const { challenge } = goalOf(miner.hear({ kind: 'accepted', hash, height: parent.header.height }));
    const found = foundIn(['dev-16', 'dev-27'], challenge);
    expect(kinds(miner.hear({ kind: 'proved', challenge, found }))).to.deep.equal(['submit', 'await-difficulty']);
    // Of another height, and of another block.
    const { header } = parent;
    expect(miner.hear({ kind: 'header', header: { ...header, height: 7n } })).to.deep.equal([]);
    expect(miner.hear({ kind: 'header', header: { ...header, timestamp: 7n } })).to.deep.equal([]);
    expect(kinds(miner.hear({ kind: 'header', header }))).to.deep.equal(['won', 'broadcast']);
    expect(miner.hear({ kind: 'difficulty-due', challenge })).to.deep.equal([]);
  });

  it('decides at once where the node named the difficulty before there was a proof', () => {
    const { header } = decodeBlock(hex(vectors.rounds[0]?.blockFrame0x23?.slice(10) ?? ''));
    const miner = mining({ difficulty: 2n ** 63n - 1n });
    const event = { kind: 'accepted', hash: hex(vectors.rounds[0]?.blockHash ?? ''), height: header.height } as const;
    const { challenge } = goalOf(miner.hear(event));
    expect(miner.hear({ kind: 'header', header })).to.deep.equal([]);
    const found = foundIn(['dev-16', 'dev-27'], challenge);
    expect(kinds(miner.hear({ kind: 'proved', challenge, found }))).to.deep.equal(['submit', 'won', 'broadcast']);
  });

  it('submits one proof, whatever else is found for the same challenge or an older one', () => {
    const miner = mining();
    const old = goalOf(miner.hear(accepted(1, 10n)));
    const { challenge } = goalOf(miner.hear(accepted(2, 11n)));
    const proved = (of: Buffer): MineEvent => ({ kind: 'proved', challenge: of, found: foundIn(['dev-16'], of) });
    expect(miner.hear(proved(old.challenge))).to.deep.equal([]);
    expect(kinds(miner.hear(proved(challenge)))).to.deep.equal(['submit', 'await-difficulty']);
    expect(miner.hear(proved(challenge))).to.deep.equal([]);
    // The wait of an older round decides nothing.
    expect(miner.hear({ kind: 'difficulty-due', challenge: old.challenge })).to.deep.equal([]);
    expect(kinds(miner.hear({ kind: 'difficulty-due', challenge }))).to.deep.equal(['won', 'broadcast']);
  });

  it('is dropped for a newer block, and not for an older one, the same one, or one far ahead', () => {
    const miner = mining();
    expect(kinds(miner.hear(accepted(1, 10n)))).to.deep.equal(['prove', 'ask-block']);
    expect(kinds(miner.hear(accepted(2, 10n)))).to.deep.equal(['stale']);
    expect(kinds(miner.hear(accepted(2, 9n)))).to.deep.equal(['stale']);
    expect(kinds(miner.hear(accepted(2, 1011n)))).to.deep.equal(['jump']);
    expect(kinds(miner.hear(accepted(2, 2n ** 63n - 1n)))).to.deep.equal(['out-of-range']);
    expect(kinds(miner.hear(accepted(2, 1010n)))).to.deep.equal(['prove', 'ask-block']);
  });

  it('follows a node that it is newly connected to wherever it stands, without proving one block twice', () => {
    const miner = mining();
    miner.hear(accepted(1, 10n));
    miner.hear({ kind: 'connected' });
    expect(kinds(miner.hear(accepted(1, 10n)))).to.deep.equal(['stale']);
    // It is on the same chain, where this one is older.
    expect(kinds(miner.hear(accepted(2, 3n)))).to.deep.equal(['stale']);
    miner.hear({ kind: 'connected' });
    expect(goalOf(miner.hear(accepted(2, 3n))).epoch).to.equal(4n);
    expect(kinds(miner.hear(accepted(3, 3n)))).to.deep.equal(['stale']);
  });

  it('sends to the next node what the last one did not take, once, and asks it for the difficulty', () => {
    const miner = mining();
    const { challenge } = goalOf(miner.hear(accepted(1, 10n)));
    const proven = miner.hear({ kind: 'proved', challenge, found: foundIn(['dev-16'], challenge) });
    for (const step of sendsOf(proven)) expect(miner.hear({ kind: 'not-sent', step })).to.deep.equal([]);
    expect(kinds(miner.hear({ kind: 'connected' }))).to.deep.equal(['submit', 'ask-block']);
    expect(kinds(miner.hear({ kind: 'connected' }))).to.deep.equal(['ask-block']);
    const won = miner.hear({ kind: 'difficulty-due', challenge });
    for (const step of sendsOf(won)) miner.hear({ kind: 'not-sent', step });
    expect(kinds(miner.hear({ kind: 'connected' }))).to.deep.equal(['broadcast']);
    // Behind a newer block nobody wants it any more.
    miner.hear(accepted(2, 11n));
    for (const step of sendsOf([...proven, ...won])) miner.hear({ kind: 'not-sent', step });
    expect(kinds(miner.hear({ kind: 'connected' }))).to.deep.equal(['ask-block']);
  });

  it('tells why it came to nothing', () => {
    const empty = mining();
    const { challenge } = goalOf(empty.hear(accepted(1, 10n)));
    expect(kinds(empty.hear({ kind: 'proved', challenge, found: undefined }))).to.deep.equal(['nothing-found']);
    const wrong = mining();
    wrong.hear(accepted(1, 10n));
    const found = { ...foundIn(['dev-16'], challenge), plotRoot: hashOf(9) };
    expect(wrong.hear({ kind: 'proved', challenge, found })).to.deep.equal([
      { kind: 'tell', note: 'proof-invalid', epoch: 11n, fault: 'InvalidMerklePath' },
    ]);
    expect(wrong.state.counters.totalProofsGenerated).to.equal(0);
    const hard = mining({ difficulty: 2n ** 63n - 1n });
    hard.hear(accepted(1, 10n));
    hard.hear({ kind: 'proved', challenge, found: foundIn(['dev-16'], challenge) });
    expect(kinds(hard.hear({ kind: 'difficulty-due', challenge }))).to.deep.equal(['above-target']);
  });

  it('does not send a block that the network would refuse', () => {
    const forged = { ...minerKey, sign: () => Buffer.alloc(64, 1) };
    const miner = mining({ minerKey: forged });
    const { challenge } = goalOf(miner.hear(accepted(1, 10n)));
    miner.hear({ kind: 'proved', challenge, found: foundIn(['dev-16'], challenge) });
    expect(miner.hear({ kind: 'difficulty-due', challenge })).to.deep.equal([
      { kind: 'tell', note: 'own-block-invalid', epoch: 11n, fault: 'InvalidHeaderSignature' },
    ]);
  });

  it('is counted: challenges, proofs made and sent, blocks sent and accepted', () => {
    const miner = mining();
    const { challenge } = goalOf(miner.hear(accepted(1, 10n)));
    const proven = miner.hear({ kind: 'proved', challenge, found: foundIn(['dev-16'], challenge) });
    const steps = miner.hear({ kind: 'difficulty-due', challenge });
    for (const step of sendsOf([...proven, ...steps])) miner.hear({ kind: 'sent', step });
    const won = steps.find((step) => step.kind === 'tell' && step.note === 'won');
    if (won?.kind !== 'tell' || won.note !== 'won') throw new Error('nothing was won');
    const own: MineEvent = { kind: 'accepted', hash: won.hash, height: won.height };
    expect(kinds(miner.hear(own))).to.deep.equal(['own-accepted', 'prove', 'ask-block']);
    expect(kinds(miner.hear(own))).to.deep.equal(['stale']);
    expect(miner.state.counters).to.deep.equal({
      ...{ totalChallengesReceived: 2, totalProofsGenerated: 1, totalProofsSubmitted: 1 },
      ...{ totalBlocksWon: 1, totalBlocksAccepted: 1 },
    });
  });
});
