import type { HostScore } from '../../../common/gen/headframe/v1/challenge_service_pb.js';
import { formatBytes, formatCpu } from '../../../common/model/units.js';
import { CHALLENGE_TYPES } from '../../../common/model/verdict.js';
import type { ChallengeType, VerdictOutcome, VerdictRecord } from '../../../common/model/verdict.js';
import type { HostView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

const TONES: Readonly<Record<VerdictOutcome, Tone>> = { passed: 'good', failed: 'bad', void: 'faint' };

/** The table of `challenge ls`. */
export function verdictsView(verdicts: readonly VerdictRecord[], viewing: Viewing): View {
  const table = tableOf(verdictColumns(viewing), verdicts, viewing.wide);
  return [{ kind: 'table', table, empty: 'No verdicts.' }];
}

/** All of one verdict. */
export function verdictView(verdict: VerdictRecord): View {
  const { id, hostId, type, outcome, reason, text, claimed, proveMs, verifyMs, sweep, atMs } = verdict;
  const facts: [string, Cell][] = [
    ['id', id],
    ['host', hostId],
    ['type', type],
    ['outcome', toned(outcome, TONES[outcome])],
    ['reason', reason],
    ['text', text || NOTHING],
    ['asked for', amountText(type, claimed)],
    ['measured', measuredText(verdict)],
    ['host took', `${String(proveMs)} ms`],
    ['judging took', `${String(verifyMs)} ms`],
    ['sweep', sweep || NOTHING],
    ['at', timeCell(atMs)],
  ];
  return [{ kind: 'facts', facts }];
}

/** The table of `scores`. */
export function scoresView(scores: readonly HostScore[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(scoreColumns(viewing), scores, viewing.wide), empty: 'No hosts.' }];
}

/** What a host has proven, each with its time; for `hosts show`. */
export function verifiedFacts({ verified }: Pick<HostView, 'verified'>, { nowMs }: Viewing): [string, Cell][] {
  const found = CHALLENGE_TYPES.flatMap((type) => {
    const proven = verified[type];
    return proven === undefined ? [] : `${type} ${amountText(type, proven.amount)}, ${ageCell(proven.atMs, nowMs)} ago`;
  });
  return [['verified', found.join('; ') || NOTHING]];
}

function verdictColumns({ nowMs }: Viewing): Column<VerdictRecord>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'HOST', cell: ({ hostId }) => hostId },
    { title: 'TYPE', cell: ({ type }) => type },
    { title: 'OUTCOME', cell: ({ outcome }) => toned(outcome, TONES[outcome]) },
    { title: 'ASKED', cell: ({ type, claimed }) => amountText(type, claimed) },
    { title: 'MEASURED', cell: measuredText },
    { title: 'TOOK', cell: ({ proveMs }) => `${(proveMs / 1000).toFixed(1)}s` },
    { title: 'AGE', cell: ({ atMs }) => ageCell(atMs, nowMs) },
    { title: 'REASON', cell: ({ reason }) => reason },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING, wide: true },
    { title: 'SWEEP', cell: ({ sweep }) => sweep || NOTHING, wide: true },
  ];
}

function scoreColumns({ nowMs }: Viewing): Column<HostScore>[] {
  return [
    { title: 'HOST', cell: ({ name }) => name },
    { title: 'ID', cell: ({ hostId }) => hostId },
    { title: 'SCORE', cell: ({ score }) => score.toFixed(1) },
    { title: 'UNITS', cell: ({ verifiedUnits }) => verifiedUnits.toFixed(1) },
    { title: 'RELIABILITY', cell: ({ reliability }) => reliability.toFixed(3) },
    { title: 'CHALLENGES', cell: ({ challenges }) => challenges.toFixed(3), wide: true },
    { title: 'PROBES', cell: ({ probes }) => probes.toFixed(3), wide: true },
    { title: 'LEASES', cell: ({ leases }) => leases.toFixed(3), wide: true },
    { title: 'FRESHNESS', cell: ({ freshness }) => freshness.toFixed(3) },
    { title: 'FULL PASS', cell: ({ fullPassAtMs }) => ageCell(Number(fullPassAtMs), nowMs) },
    { title: 'WHY', cell: ({ gap }) => toned(gap, gap === 'quarantined' ? 'bad' : 'warn') },
  ];
}

function measuredText({ type, outcome, units }: VerdictRecord): string {
  if (outcome !== 'passed') return NOTHING;
  return type === 'cpu' ? `${units.toFixed(1)} steps/s` : amountText(type, units);
}

function amountText(type: ChallengeType, amount: number): string {
  if (type === 'cpu') return `${formatCpu(amount)} CPU`;
  return type === 'network' ? `${formatBytes(amount)}/s` : formatBytes(amount);
}
