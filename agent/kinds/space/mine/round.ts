import { encodeBlockProof, proofFault } from '../format/block-proof.js';
import { blockHash, encodeBlock } from '../format/block.js';
import type { BlockHeader } from '../format/block.js';
import { challengeOf } from '../format/challenge.js';
import { isBelow, targetOf } from '../format/difficulty.js';
import type {
  MineCounters,
  MineEvent,
  MineSettings,
  MineState,
  MineStep,
  MineTurn,
  MineWorld,
  SendStep,
} from './mine-state.js';
import { ownBlock } from './own-block.js';
import type { FoundProof, RoundGoal } from './own-block.js';

/** Blocks that a node may be ahead of what it said last; a word beyond that is not believed on the same connection. */
const MOST_JUMP = 1000n;
const HIGHEST = 2n ** 63n - 2n;

/** A miner that has heard of no block yet. */
export const BOOTED: MineState = {
  phase: { status: 'waiting' },
  isFresh: true,
  ownHash: undefined,
  unsent: [],
  counters: {
    ...{ totalChallengesReceived: 0, totalProofsGenerated: 0, totalProofsSubmitted: 0 },
    ...{ totalBlocksWon: 0, totalBlocksAccepted: 0 },
  },
};

/** The next state of a miner and what is to be done; `settings` and `world` are looked at alone. */
export function advance(state: MineState, event: MineEvent, settings: MineSettings, world: MineWorld): MineTurn {
  switch (event.kind) {
    case 'connected':
      return connected(state);
    case 'accepted':
      return accepted(state, event);
    case 'header':
      return named(state, event.header, settings, world);
    case 'proved':
      return proved(state, event, settings, world);
    case 'difficulty-due':
      return due(state, event, settings, world);
    case 'sent':
      return still(counted(state, event.step.kind === 'submit' ? 'totalProofsSubmitted' : 'totalBlocksWon'));
    case 'not-sent':
      return still(kept(state, event.step));
  }
}

/** What the last connection did not take goes by the new one, and what the last node did not say is asked of the new one. */
function connected(state: MineState): MineTurn {
  const { phase, unsent } = state;
  const isOpen = phase.status === 'deciding' || (phase.status === 'proving' && phase.difficulty === undefined);
  const ask: readonly MineStep[] = isOpen ? [askFor(phase.goal)] : [];
  return { state: { ...state, isFresh: true, unsent: [] }, steps: [...unsent, ...ask] };
}

function askFor({ tipHash }: RoundGoal): MineStep {
  return { kind: 'ask-block', message: { type: 'GetBlock', hash: tipHash } };
}

/** Keeps what was not taken, unless its round is over by now. */
function kept(state: MineState, step: SendStep): MineState {
  if (state.phase.status === 'waiting') return state;
  const height = step.kind === 'submit' ? step.message.height : step.block.header.height;
  return height === state.phase.goal.epoch ? { ...state, unsent: [...state.unsent, step] } : state;
}

/** any → proving: a block of the network is accepted. */
function accepted(state: MineState, { hash, height }: { readonly hash: Buffer; readonly height: bigint }): MineTurn {
  const isOwn = state.ownHash?.equals(hash) === true;
  const known = isOwn ? { ...counted(state, 'totalBlocksAccepted'), ownHash: undefined } : state;
  const told: MineStep[] = isOwn ? [{ kind: 'tell', note: 'own-accepted', height, hash }] : [];
  const refusal = refusalOf(state, hash, height);
  if (refusal !== undefined) {
    // A node that names the block that is mined on is on the same chain.
    const isFresh = known.isFresh && refusal !== 'stale';
    return { state: { ...known, isFresh }, steps: [...told, { kind: 'tell', note: refusal, height }] };
  }
  const epoch = height + 1n;
  const goal = { tipHash: hash, tipHeight: height, epoch, challenge: challengeOf(hash, epoch) };
  const next: MineState = {
    ...counted(known, 'totalChallengesReceived'),
    isFresh: false,
    unsent: [],
    phase: { status: 'proving', goal, difficulty: undefined },
  };
  return { state: next, steps: [...told, { kind: 'prove', goal }, askFor(goal)] };
}

function refusalOf(state: MineState, hash: Buffer, height: bigint): 'stale' | 'jump' | 'out-of-range' | undefined {
  if (height > HIGHEST) return 'out-of-range';
  if (state.phase.status === 'waiting') return undefined;
  const { tipHash, tipHeight } = state.phase.goal;
  // Another node, or the same one after a restart, may be on another chain; but the same block begins no second round.
  if (state.isFresh) return tipHash.equals(hash) ? 'stale' : undefined;
  if (height <= tipHeight) return 'stale';
  return height - tipHeight > MOST_JUMP ? 'jump' : undefined;
}

/** proving → proving with its difficulty, deciding → over: the node answers with the block that is mined on. */
function named(state: MineState, header: BlockHeader, settings: MineSettings, world: MineWorld): MineTurn {
  const { phase } = state;
  if (phase.status !== 'proving' && phase.status !== 'deciding') return still(state);
  const { tipHash, tipHeight } = phase.goal;
  const { difficulty } = header;
  if (header.height !== tipHeight || difficulty <= 0n || !blockHash(header).equals(tipHash)) return still(state);
  if (phase.status === 'proving') return still({ ...state, phase: { ...phase, difficulty } });
  return decide(state, { ...phase, difficulty }, settings, world);
}

/** proving → deciding, or over where nothing was found or the difficulty is known. */
function proved(
  state: MineState,
  { challenge, found }: { readonly challenge: Buffer; readonly found: FoundProof | undefined },
  settings: MineSettings,
  world: MineWorld,
): MineTurn {
  const { phase } = state;
  if (phase.status !== 'proving' || !phase.goal.challenge.equals(challenge)) return still(state);
  const { goal, difficulty } = phase;
  const over: MineState = { ...state, phase: { status: 'over', goal } };
  const { epoch } = goal;
  if (found === undefined) return { state: over, steps: [{ kind: 'tell', note: 'nothing-found', epoch }] };
  const { proof, plotRoot, score } = found;
  const fault = proofFault({ ...proof, challenge, plotRoot, score }, { challenge, plotRoot });
  if (fault !== undefined) return { state: over, steps: [{ kind: 'tell', note: 'proof-invalid', epoch, fault }] };
  const made = counted(state, 'totalProofsGenerated');
  const { minerId } = settings.minerKey;
  const submit: MineStep = {
    kind: 'submit',
    message: { type: 'ProofSubmission', height: epoch, minerId, proof: encodeBlockProof(proof) },
  };
  if (difficulty === undefined) {
    const wait: MineStep = { kind: 'await-difficulty', challenge, waitMs: settings.difficultyWaitMs };
    return { state: { ...made, phase: { status: 'deciding', goal, found } }, steps: [submit, wait] };
  }
  const turn = decide(made, { goal, found, difficulty }, settings, world);
  return { ...turn, steps: [submit, ...turn.steps] };
}

/** deciding → over: the node did not say the difficulty. */
function due(
  state: MineState,
  { challenge }: { readonly challenge: Buffer },
  settings: MineSettings,
  world: MineWorld,
): MineTurn {
  const { phase } = state;
  if (phase.status !== 'deciding' || !phase.goal.challenge.equals(challenge)) return still(state);
  return decide(state, { ...phase, difficulty: settings.difficulty }, settings, world);
}

/** deciding → over: whether the proof wins, and the block that it wins. */
function decide(
  state: MineState,
  won: { readonly goal: RoundGoal; readonly found: FoundProof; readonly difficulty: bigint },
  settings: MineSettings,
  world: MineWorld,
): MineTurn {
  const { goal, found, difficulty } = won;
  const { epoch } = goal;
  const over: MineState = { ...state, phase: { status: 'over', goal } };
  if (!isBelow(found.score, targetOf(difficulty)))
    return { state: over, steps: [{ kind: 'tell', note: 'above-target', epoch, difficulty }] };
  const own = ownBlock({ ...won, ...world, minerKey: settings.minerKey });
  if ('fault' in own)
    return { state: over, steps: [{ kind: 'tell', note: 'own-block-invalid', epoch, fault: own.fault }] };
  const { block, hash } = own;
  const data = encodeBlock(block);
  const types = settings.announce === 'both' ? (['Block', 'NewBlock'] as const) : [settings.announce];
  const messages = types.map((type) => ({ type, data }));
  return {
    state: { ...over, ownHash: hash },
    steps: [
      { kind: 'tell', note: 'won', height: block.header.height, hash },
      { kind: 'broadcast', messages, block },
    ],
  };
}

function counted(state: MineState, counter: keyof MineCounters): MineState {
  return { ...state, counters: { ...state.counters, [counter]: state.counters[counter] + 1 } };
}

function still(state: MineState): MineTurn {
  return { state, steps: [] };
}
