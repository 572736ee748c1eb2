import type { Why } from '../../../common/model/event.js';
import { REASONS, isReasonCode } from '../../../common/model/reason.js';
import type { Block, Cell } from '../output/view.js';

/** The reason code of a why, or '-'. */
export function whyCell(why: Why | undefined): Cell {
  return why === undefined ? '-' : { text: why.reason, tone: 'warn' };
}

/** A why on one line: code, text and how many hosts each filter left out. */
export function whyLine(why: Why): string {
  const filters = why.filters.map(({ reason, hosts }) => `${reason} ${String(hosts)}`).join(', ');
  return `${why.reason}: ${why.text}${filters === '' ? '' : ` (hosts left out: ${filters})`}`;
}

/** A why in full: code, text, remedy, and the hosts that each filter left out. */
export function whyBlocks(title: string, why: Why): Block[] {
  const remedy = isReasonCode(why.reason) ? REASONS[why.reason].remedy : '';
  const facts: [string, Cell][] = [
    ['reason', { text: why.reason, tone: 'warn' }],
    ['text', why.text],
  ];
  if (remedy !== '') facts.push(['remedy', remedy]);
  const blocks: Block[] = [{ kind: 'facts', title, facts }];
  if (why.filters.length > 0) blocks.push(filterBlock(why));
  return blocks;
}

function filterBlock({ filters }: Why): Block {
  const rows = filters.map(({ reason, hosts }) => [
    reason,
    String(hosts),
    isReasonCode(reason) ? REASONS[reason].meaning : '-',
  ]);
  return { kind: 'table', table: { head: ['FILTER', 'HOSTS LEFT OUT', 'MEANING'], rows }, empty: '' };
}
