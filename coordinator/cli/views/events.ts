import type { FleetEvent, Severity } from '../../../common/model/event.js';
import { renderCell } from '../output/render.js';
import type { Tone } from '../output/view.js';
import { timeCell } from './cells.js';

const TONES: Readonly<Record<Severity, Tone>> = { info: 'faint', warning: 'warn', error: 'bad' };

/** One event on one line in columns of fixed width, for events come one by one. */
export function eventLine(event: FleetEvent, { wide, colours }: { wide: boolean; colours: boolean }): string {
  const subject = event.id === '' ? event.subject : `${event.subject}/${event.id}`;
  const columns = [
    timeCell(event.atMs),
    ...(wide ? [String(event.revision).padStart(8)] : []),
    renderCell({ text: event.severity.padEnd(7), tone: TONES[event.severity] }, colours),
    renderCell(subject.padEnd(28), false),
    ...(wide ? [renderCell((event.hostId || '-').padEnd(20), false)] : []),
    renderCell(event.reason.padEnd(20), false),
    renderCell(event.text, false),
  ];
  return columns.join('  ').trimEnd();
}
