import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import { ago } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { Meter } from '../ui/bar.js';
import { Card, Empty } from '../ui/card.js';
import { ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

interface ModelScoreJson {
  readonly miner: string;
  readonly account: string;
  readonly score: number;
  readonly quality: number;
  readonly speed: number;
  readonly availability: number;
  readonly participation: number;
  readonly rounds: number;
  readonly lastAtMs: string;
  readonly gap: string;
}

const EVERY_MS = 10_000;
const TERMS = ['quality', 'speed', 'availability', 'participation'] as const;

/** How models serve, by what they answered to prompts of the coordinator. */
export function ModelScores() {
  const { clock } = useDesk();
  const { value, problem } = useAsked<{ scores: readonly ModelScoreJson[] }>(
    '/v1/model-scores?pageSize=1000',
    EVERY_MS,
  );
  const columns: readonly Column<ModelScoreJson>[] = [
    { name: 'Model', key: ({ miner }) => miner, cell: ({ miner }) => <a href={hrefOf('miners', miner)}>{miner}</a> },
    { name: 'Score', look: 'number', key: ({ score }) => score, cell: ({ score }) => score.toFixed(3) },
    { name: 'Gap', key: ({ gap }) => gap, cell: ({ gap }) => gap !== '' && <Tag word={gap} tone="warn" /> },
    ...TERMS.map((term) => ({
      ...{ name: term, look: 'wide', key: (score: ModelScoreJson) => score[term] },
      cell: (score: ModelScoreJson) => <Meter label={term} part={score[term]} whole={1} isGood />,
    })),
    { name: 'Rounds', look: 'number wide', key: ({ rounds }) => rounds, cell: ({ rounds }) => rounds },
    { name: 'Account', look: 'wider', key: ({ account }) => account, cell: ({ account }) => account || '–' },
    {
      name: 'Last',
      look: 'number wider',
      key: ({ lastAtMs }) => -Number(lastAtMs),
      cell: ({ lastAtMs }) => ago(lastAtMs, clock.value),
    },
  ];
  return (
    <Card
      title="Models"
      aside={<span class="muted">0.4 quality + 0.3 speed + 0.2 availability + 0.1 participation</span>}
    >
      <ProblemNote problem={problem} />
      {value !== undefined && (
        <Table
          caption="Scores of models"
          unfolds
          columns={columns}
          items={value.scores}
          idOf={({ miner }) => miner}
          order={{ by: 'Score', isDown: true }}
          empty={
            <Empty title="No models">Models are asked prompts now and then, and scored by what they answer.</Empty>
          }
        />
      )}
    </Card>
  );
}
