import type { Mark, ModelReport, Point } from '../../kinds/model/index.js';
import type { ModelSource } from '../../../common/model/model-spec.js';
import type { MinerView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Column, Tone, View, Viewing } from '../output/view.js';
import { ageCell } from './cells.js';
import { standingCell } from './miners.js';
import { whyCell } from './why.js';

const TONES: Readonly<Record<Mark, Tone>> = { met: 'good', accepted: 'warn', broken: 'bad' };

const COLUMNS: readonly Column<Point>[] = [
  { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
  { title: 'POINT', cell: ({ point }) => point },
  { title: 'MARK', cell: ({ mark }) => ({ text: mark, tone: TONES[mark] }) },
  { title: 'EXPECTED', cell: ({ expected }) => expected },
  { title: 'FOUND', cell: ({ found = '' }) => found },
];

/** The table of `models ls`. */
export function modelsView(models: readonly MinerView[], viewing: Viewing): View {
  const columns: Column<MinerView>[] = [
    { title: 'NAME', cell: ({ spec }) => spec.name },
    { title: 'STATUS', cell: standingCell },
    { title: 'RUNNING', cell: ({ counts }) => `${String(counts.running)}/${String(counts.desired)}` },
    { title: 'PORT', cell: ({ spec }) => String(spec.model?.port ?? '') },
    { title: 'TYPE', cell: ({ spec }) => spec.model?.type ?? '' },
    { title: 'SOURCE', cell: ({ spec }) => (spec.model === undefined ? '' : sourceText(spec.model.source)) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, viewing.nowMs) },
    { title: 'ACCOUNT', cell: ({ spec }) => spec.model?.account ?? '', wide: true },
    { title: 'CONTENT', cell: ({ spec }) => spec.model?.build?.content ?? '', wide: true },
    { title: 'NAMESPACE', cell: ({ spec }) => spec.namespace, wide: true },
    { title: 'WHY', cell: ({ why }) => whyCell(why) },
  ];
  return [{ kind: 'table', table: tableOf(columns, models, viewing.wide), empty: 'No models.' }];
}

function sourceText(source: ModelSource): string {
  switch (source.kind) {
    case 'text':
      return 'Dockerfile';
    case 'upload':
      return `upload ${source.content.slice(0, 'sha256:'.length + 12)}`;
    case 'url':
      return source.url;
    case 'git':
      return `${source.url} at ${source.commit.slice(0, 12)}`;
  }
}

/** What `models check` shows. */
export function modelReportView({ url, conforms, tookMs, points }: ModelReport, { wide }: Viewing): View {
  const count = (mark: Mark): number => points.filter((point) => point.mark === mark).length;
  const marks = `${String(count('met'))} met, ${String(count('accepted'))} accepted, ${String(count('broken'))} broken`;
  const times = Object.entries(tookMs).map(([endpoint, ms]) => `${endpoint} ${String(ms)} ms`);
  return [
    { kind: 'table', table: tableOf(COLUMNS, points, wide), empty: 'nothing was judged' },
    {
      kind: 'facts',
      facts: [
        ['model', url],
        ['contract', { text: conforms ? `met: ${marks}` : `broken: ${marks}`, tone: conforms ? 'good' : 'bad' }],
        ['answers', times.join(', ')],
      ],
    },
  ];
}
