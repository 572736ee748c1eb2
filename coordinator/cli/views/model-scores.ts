import { CanaryOutcome, ContractMark } from '../../../common/gen/headframe/v1/model_score_service_pb.js';
import type {
  CanaryRound,
  ModelScore,
  ReplicaReport,
} from '../../../common/gen/headframe/v1/model_score_service_pb.js';
import { ROUND_OUTCOME } from '../../../common/wire/model-scores.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, toned } from './cells.js';

const MARKS: Readonly<Record<ContractMark, { readonly text: string; readonly tone: Tone }>> = {
  [ContractMark.UNSPECIFIED]: { text: NOTHING, tone: 'faint' },
  [ContractMark.MET]: { text: 'met', tone: 'good' },
  [ContractMark.ACCEPTED]: { text: 'accepted', tone: 'warn' },
  [ContractMark.BROKEN]: { text: 'broken', tone: 'bad' },
};

/** The table of `scores --kind model`. */
export function modelScoresView(scores: readonly ModelScore[], { nowMs, wide }: Viewing): View {
  const columns: readonly Column<ModelScore>[] = [
    { title: 'MODEL', cell: ({ miner }) => miner },
    { title: 'SCORE', cell: ({ score }) => score.toFixed(3) },
    { title: 'QUALITY', cell: ({ quality }) => quality.toFixed(3) },
    { title: 'SPEED', cell: ({ speed }) => speed.toFixed(3) },
    { title: 'AVAILABILITY', cell: ({ availability }) => availability.toFixed(3) },
    { title: 'PARTICIPATION', cell: ({ participation }) => participation.toFixed(3) },
    { title: 'ROUNDS', cell: ({ rounds }) => String(rounds) },
    { title: 'LAST', cell: ({ lastAtMs }) => ageCell(Number(lastAtMs), nowMs) },
    { title: 'GAP', cell: ({ gap }) => toned(gap, 'warn') },
    { title: 'ACCOUNT', cell: ({ account }) => account || NOTHING, wide: true },
  ];
  return [{ kind: 'table', table: tableOf(columns, scores, wide), empty: 'No models.' }];
}

/** The table of `models canaries`. */
export function roundsView(rounds: readonly CanaryRound[], { nowMs, wide }: Viewing): View {
  const columns: readonly Column<CanaryRound>[] = [
    { title: 'AGE', cell: ({ atMs }) => ageCell(Number(atMs), nowMs) },
    { title: 'INSTANCE', cell: ({ instance }) => instance || NOTHING },
    { title: 'OUTCOME', cell: outcomeCell },
    { title: 'JUDGE', cell: ({ judge }) => judge || NOTHING },
    { title: 'QUALITY', cell: ({ quality }) => quality.toFixed(3) },
    { title: 'TOOK', cell: ({ tookMs }) => `${(Number(tookMs) / 1000).toFixed(2)}s` },
    { title: 'OLD KEY', cell: ({ oldKey }) => toned(oldKey, 'warn') },
    { title: 'REASON', cell: ({ reason }) => reason },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING },
    { title: 'HOST', cell: ({ hostId }) => hostId || NOTHING, wide: true },
    { title: 'ID', cell: ({ id }) => id, wide: true },
  ];
  return [{ kind: 'table', table: tableOf(columns, rounds, wide), empty: 'Nothing was asked yet.' }];
}

/** What `models check NAME` shows: what is not as agreed, and each replica in one line. */
export function replicaReportsView(miner: string, replicas: readonly ReplicaReport[], { wide }: Viewing): View {
  const points = replicas.flatMap(({ instance, points: all }) => all.map((point) => ({ instance, ...point })));
  const shown = points.filter(({ mark }) => wide || mark !== ContractMark.MET);
  const columns: readonly Column<(typeof points)[number]>[] = [
    { title: 'INSTANCE', cell: ({ instance }) => instance },
    { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
    { title: 'POINT', cell: ({ point }) => point },
    { title: 'MARK', cell: ({ mark }) => MARKS[mark] ?? NOTHING },
    { title: 'EXPECTED', cell: ({ expected }) => expected },
    { title: 'FOUND', cell: ({ found }) => found },
    { title: 'TOOK', cell: ({ tookMs }) => `${(Number(tookMs) / 1000).toFixed(2)}s`, wide: true },
  ];
  const facts = replicas.map(({ instance, conforms }): [string, Cell] => [
    instance,
    conforms ? toned('the contract is met', 'good') : toned('the contract is broken', 'bad'),
  ]);
  return [
    { kind: 'table', table: tableOf(columns, shown, wide), empty: 'All points are met.' },
    { kind: 'facts', title: miner, facts },
  ];
}

function outcomeCell({ outcome, quality }: CanaryRound): Cell {
  const word = ROUND_OUTCOME.find(outcome) ?? NOTHING;
  if (outcome !== CanaryOutcome.ANSWERED) return toned(word, outcome === CanaryOutcome.FAILED ? 'bad' : 'faint');
  return toned(word, quality > 0 ? 'good' : 'bad');
}
