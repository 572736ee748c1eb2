import { useDesk } from '../desk.js';
import { keyOf } from '../state/event-book.js';
import { clockTime } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { shortName } from '../state/wire.js';
import type { EventJson } from '../state/wire.js';
import { Empty } from './card.js';

/** Events, below each other. */
export function EventList({ events }: { readonly events: readonly EventJson[] }) {
  const { clock } = useDesk();
  if (events.length === 0) return <Empty title="Nothing has happened lately" />;
  return (
    <ol class="events">
      {events.map((event) => (
        <li key={keyOf(event)} class={`event event-${shortName(event.severity, 'SEVERITY_')}`}>
          <time dateTime={new Date(Number(event.atMs)).toISOString()}>{clockTime(event.atMs, clock.value)}</time>
          <span class="event-what">
            <Subject event={event} /> <code>{event.reason}</code>
            {event.severity !== 'SEVERITY_INFO' && (
              <span class="unseen"> {shortName(event.severity, 'SEVERITY_')}</span>
            )}
            <span class="event-text">{event.text}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

/** What an event is about, as a link to where it is shown. */
export function Subject({ event: { subject, id } }: { readonly event: EventJson }) {
  const { fleet } = useDesk();
  if (subject === 'miner') return <a href={hrefOf('miners', id)}>{id}</a>;
  if (subject === 'instance') return <a href={hrefOf('instances', id)}>{id}</a>;
  if (subject === 'host') return <a href={hrefOf('hosts', id)}>{fleet.hosts.get(id)?.name ?? id}</a>;
  return <span>{id === '' ? subject : id}</span>;
}
