import type { Mark, ModelReport, Point } from '../../kinds/model/index.js';
import { tableOf } from '../output/view.js';
import type { Column, Tone, View, Viewing } from '../output/view.js';

const TONES: Readonly<Record<Mark, Tone>> = { met: 'good', accepted: 'warn', broken: 'bad' };

const COLUMNS: readonly Column<Point>[] = [
  { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
  { title: 'POINT', cell: ({ point }) => point },
  { title: 'MARK', cell: ({ mark }) => ({ text: mark, tone: TONES[mark] }) },
  { title: 'EXPECTED', cell: ({ expected }) => expected },
  { title: 'FOUND', cell: ({ found = '' }) => found },
];

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
