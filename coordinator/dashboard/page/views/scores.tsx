import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { ago, rounded } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import type { Tone } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import { AsOf } from '../ui/as-of.js';
import { Meter } from '../ui/bar.js';
import { Card, Empty, PageHead } from '../ui/card.js';
import { ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';
import { ModelScores } from './model-scores.js';

interface ScoreJson {
  readonly hostId: string;
  readonly name: string;
  readonly score: number;
  readonly verifiedUnits: number;
  readonly reliability: number;
  readonly freshness: number;
  readonly fullPassAtMs: string;
  readonly gap: string;
}

interface VerdictJson {
  readonly id: string;
  readonly hostId: string;
  readonly type: string;
  readonly outcome: string;
  readonly reason: string;
  readonly text: string;
  readonly atMs: string;
}

const EVERY_MS = 10_000;
const OUTCOMES: Readonly<Record<string, Tone>> = { passed: 'good', failed: 'bad', void: 'idle' };

/** What hosts have proven, and what follows from that. */
export function Scores() {
  const desk = useDesk();
  const scores = useAsked<{ scores: readonly ScoreJson[] }>('/v1/scores?pageSize=1000', EVERY_MS);
  const verdicts = useAsked<{ verdicts: readonly VerdictJson[] }>('/v1/verdicts?pageSize=200', EVERY_MS);
  return (
    <>
      <PageHead title="Scores" about={<AsOf atMs={scores.atMs} />} />
      <ProblemNote problem={scores.problem} />
      <Card title="Hosts" aside={<span class="muted">verified units × reliability × freshness</span>}>
        {scores.value !== undefined && (
          <Table
            caption="Scores of hosts"
            unfolds
            columns={scoreColumns(desk)}
            items={scores.value.scores}
            idOf={({ hostId }) => hostId}
            order={{ by: 'Score', isDown: true }}
            empty={
              <Empty title="No host has a score yet">
                Scores come from challenges, which hosts are asked by schedule.
              </Empty>
            }
          />
        )}
      </Card>
      <ModelScores />
      <Card title="Latest verdicts">
        <ProblemNote problem={verdicts.problem} />
        {verdicts.value !== undefined && (
          <Table
            caption="Latest verdicts"
            unfolds
            columns={verdictColumns(desk)}
            items={verdicts.value.verdicts}
            idOf={({ id }) => id}
            order={{ by: '', isDown: false }}
            empty={<Empty title="No host was challenged yet" />}
          />
        )}
      </Card>
    </>
  );
}

function scoreColumns({ clock }: Desk): Column<ScoreJson>[] {
  return [
    { name: 'Host', key: ({ name }) => name, cell: ({ hostId, name }) => <a href={hrefOf('hosts', hostId)}>{name}</a> },
    { name: 'Score', look: 'number', key: ({ score }) => score, cell: ({ score }) => rounded(score) },
    {
      name: 'Gap',
      key: ({ gap }) => gap,
      cell: ({ gap }) => (gap === '' ? '' : <Tag word={gap} tone={gap === 'quarantined' ? 'bad' : 'warn'} />),
    },
    {
      name: 'Units',
      look: 'number wide',
      key: ({ verifiedUnits }) => verifiedUnits,
      cell: ({ verifiedUnits }) => rounded(verifiedUnits),
    },
    {
      name: 'Reliability',
      look: 'wide',
      key: ({ reliability }) => reliability,
      cell: ({ reliability }) => <Meter label="Reliability" part={reliability} whole={1} isGood />,
    },
    {
      name: 'Freshness',
      look: 'wide',
      key: ({ freshness }) => freshness,
      cell: ({ freshness }) => <Meter label="Freshness" part={freshness} whole={1} isGood />,
    },
    {
      name: 'All proven',
      look: 'number wider',
      key: ({ fullPassAtMs }) => -Number(fullPassAtMs),
      cell: ({ fullPassAtMs }) => ago(fullPassAtMs, clock.value),
    },
  ];
}

function verdictColumns({ clock, fleet }: Desk): Column<VerdictJson>[] {
  const outcome = ({ outcome: value }: VerdictJson): string => shortName(value, 'VERDICT_OUTCOME_');
  return [
    { name: 'When', look: 'number', key: ({ atMs }) => -Number(atMs), cell: ({ atMs }) => ago(atMs, clock.value) },
    {
      name: 'Host',
      key: ({ hostId }) => hostId,
      cell: ({ hostId }) => <a href={hrefOf('hosts', hostId)}>{fleet.hosts.get(hostId)?.name ?? hostId}</a>,
    },
    { name: 'Of', key: ({ type }) => type, cell: ({ type }) => shortName(type, 'CHALLENGE_TYPE_') },
    {
      name: 'Verdict',
      key: outcome,
      cell: (verdict) => <Tag word={outcome(verdict)} tone={OUTCOMES[outcome(verdict)] ?? 'idle'} />,
    },
    {
      name: 'What was seen',
      look: 'wide stretch',
      cell: ({ text, reason }) => <span title={reason}>{text === '' ? reason : text}</span>,
    },
  ];
}
