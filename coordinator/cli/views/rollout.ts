import { diffSpecs } from '../../../common/model/manifest/index.js';
import type { QuarantineRecord, RevisionOutcome, RolloutCause } from '../../../common/model/rollout.js';
import type { RevisionView, RolloutView } from '../../../common/wire/client.js';
import type { Block, Cell, Tone, View } from '../output/view.js';
import { NOTHING, timeCell, toned } from './cells.js';
import { whyLine } from './why.js';

const STATES: Readonly<Record<RolloutView['state'], readonly [string, Tone]>> = {
  progressing: ['progressing', 'warn'],
  paused: ['paused', 'warn'],
  complete: ['complete', 'good'],
  failed: ['failed', 'bad'],
  rolledBack: ['rolled back', 'bad'],
};

const CAUSES: Readonly<Record<RolloutCause, string>> = {
  apply: 'applied',
  restart: 'restart',
  rollback: 'rollback',
  autoRollback: 'automatic rollback',
};

const OUTCOMES: Readonly<Record<RevisionOutcome, readonly [string, Tone]>> = {
  progressing: ['progressing', 'warn'],
  complete: ['good', 'good'],
  failed: ['failed', 'bad'],
  rolledBack: ['rolled back', 'bad'],
  superseded: ['superseded', 'faint'],
};

/** Paths shown of what changed with a revision. */
const MOST_PATHS = 4;

/** How a miner's rollout stands. */
export function rolloutBlock(rollout: RolloutView): Block {
  const { fromRevision, toRevision, updated, available, wanted } = rollout;
  const facts: [string, Cell][] = [
    ['state', toned(...STATES[rollout.state])],
    ['cause', CAUSES[rollout.cause]],
    ['revision', fromRevision === 0 ? String(toRevision) : `${String(fromRevision)} → ${String(toRevision)}`],
    ['updated', `${String(updated)}/${String(wanted)}, ${String(available)} available`],
    ['since', timeCell(rollout.startedAtMs)],
  ];
  if (rollout.deadlineAtMs > 0) facts.push(['deadline', timeCell(rollout.deadlineAtMs)]);
  if (rollout.endedAtMs > 0) facts.push(['ended', timeCell(rollout.endedAtMs)]);
  if (rollout.why !== undefined) facts.push(['why', whyLine(rollout.why)]);
  return { kind: 'facts', title: 'Rollout', facts };
}

/** Why a miner is given up. */
export function quarantineBlock({ text, atMs, failures, instance }: QuarantineRecord): Block {
  const facts: [string, Cell][] = [
    ['since', timeCell(atMs)],
    ['failures', String(failures)],
    ['last', instance],
    ['why', { text, tone: 'bad' }],
  ];
  return { kind: 'facts', title: 'Quarantine', facts };
}

/** The table of `miners history`, newest first. */
export function historyView(revisions: readonly RevisionView[]): View {
  const rows = revisions.map((one, index): Cell[] => [
    one.current ? `${String(one.revision)} *` : String(one.revision),
    toned(...OUTCOMES[one.outcome]),
    timeCell(one.appliedAtMs),
    one.endedAtMs === 0 ? NOTHING : timeCell(one.endedAtMs),
    one.spec.container.image,
    changesSince(revisions[index + 1], one),
    one.text === '' ? NOTHING : one.text,
  ]);
  const head = ['REVISION', 'OUTCOME', 'APPLIED', 'ENDED', 'IMAGE', 'CHANGED', 'DETAIL'];
  return [{ kind: 'table', table: { head, rows }, empty: 'No revisions.' }];
}

function changesSince(before: RevisionView | undefined, { spec }: RevisionView): string {
  if (before === undefined) return NOTHING;
  const paths = diffSpecs(before.spec, spec).map(({ path }) => path);
  const rest = paths.length - MOST_PATHS;
  return [...paths.slice(0, MOST_PATHS), ...(rest > 0 ? [`${String(rest)} more`] : [])].join(', ') || NOTHING;
}
