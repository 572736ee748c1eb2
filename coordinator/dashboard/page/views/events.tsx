import { useSignal } from '@preact/signals';
import { follow, useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { keyOf } from '../state/event-book.js';
import { clockTime } from '../state/format.js';
import { matches } from '../state/sorting.js';
import type { Tone } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import type { EventJson } from '../state/wire.js';
import { Empty, PageHead } from '../ui/card.js';
import { Subject } from '../ui/event-list.js';
import { Filter } from '../ui/filter.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

const TONES: Readonly<Record<string, Tone>> = { info: 'idle', warning: 'warn', error: 'bad' };
const LEVELS = ['all', 'warning', 'error'] as const;

/** What has happened of late, the newest first. */
export function Events() {
  const desk = useDesk();
  follow(desk.eventVersion);
  const text = useSignal('');
  const level = useSignal<string>('all');
  const all = [...desk.events.all].reverse();
  const shown = all.filter(
    (event) => isLoud(event, level.value) && matches(text.value, [event.id, event.reason, event.text, event.miner]),
  );
  return (
    <>
      <PageHead title="Events">
        <select
          aria-label="Severity"
          value={level.value}
          onChange={(event) => (level.value = event.currentTarget.value)}
        >
          {LEVELS.map((name) => (
            <option key={name} value={name}>
              {name === 'all' ? 'All severities' : name === 'warning' ? 'Warnings and errors' : 'Errors'}
            </option>
          ))}
        </select>
        <Filter text={text} name="Filter events" shown={shown.length} all={all.length} />
      </PageHead>
      <Table
        caption="Events"
        unfolds
        columns={columnsOf(desk)}
        items={shown}
        idOf={keyOf}
        order={{ by: '', isDown: false }}
        empty={<Empty title={all.length === 0 ? 'Nothing has happened lately' : 'No event is like this'} />}
      />
    </>
  );
}

function isLoud({ severity }: EventJson, level: string): boolean {
  if (level === 'error') return severity === 'SEVERITY_ERROR';
  return level === 'all' || severity === 'SEVERITY_ERROR' || severity === 'SEVERITY_WARNING';
}

function columnsOf({ clock }: Desk): Column<EventJson>[] {
  return [
    { name: 'Time', key: ({ atMs }) => Number(atMs), cell: ({ atMs }) => clockTime(atMs, clock.value) },
    {
      name: 'Severity',
      look: 'wide',
      key: ({ severity }) => severity,
      cell: ({ severity }) => (
        <Tag word={shortName(severity, 'SEVERITY_')} tone={TONES[shortName(severity, 'SEVERITY_')] ?? 'idle'} />
      ),
    },
    { name: 'About', key: ({ id }) => id, cell: (event) => <Subject event={event} /> },
    { name: 'Reason', key: ({ reason }) => reason, cell: ({ reason }) => <code>{reason}</code> },
    { name: 'What', look: 'wide stretch', cell: ({ text }) => <span title={text}>{text}</span> },
  ];
}
