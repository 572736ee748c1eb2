import { signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { after, every, nowMs, onNextPicture, random } from './edge/browser.js';
import { createHttp } from './edge/http.js';
import type { Http } from './edge/http.js';
import { openSocket } from './edge/socket.js';
import { EventBook } from './state/event-book.js';
import { FleetMirror } from './state/fleet-mirror.js';
import { LiveLink } from './state/live-link.js';
import type { LinkState, ServerFrame } from './state/live-link.js';
import { whyNot } from './state/permits.js';
import type { Method, Who } from './state/permits.js';
import { SampleBook } from './state/samples.js';
import type { EventJson, FleetChangeJson, StatusJson } from './state/wire.js';

/** All that the pages show and do after somebody has logged in. */
export interface Desk {
  readonly who: Who;
  readonly http: Http;
  readonly link: LiveLink;
  readonly linkState: ReadonlySignal<LinkState>;
  /** Unix milliseconds, by the second. */
  readonly clock: ReadonlySignal<number>;
  readonly fleet: FleetMirror;
  /** Counts up with each change of the fleet that is to be shown. */
  readonly fleetVersion: ReadonlySignal<number>;
  readonly events: EventBook;
  readonly eventVersion: ReadonlySignal<number>;
  readonly status: ReadonlySignal<StatusJson | undefined>;
  readonly samples: SampleBook;
  readonly sampleVersion: Signal<number>;
  /** Why a method may not be called; undefined when it may. */
  readonly whyNot: (method: Method) => string | undefined;
  readonly logOut: () => void;
  readonly close: () => void;
}

/** How many revisions back events are asked for at first. */
const EVENT_REVISIONS = 2_000;
const STATUS_MS = 5_000;

const Context = createContext<Desk | undefined>(undefined);
/** Gives the desk to all pages below. */
export const DeskProvider = Context.Provider;

/** The desk of whoever is logged in. */
export function useDesk(): Desk {
  const desk = useContext(Context);
  if (desk === undefined) throw new Error('a page is shown to nobody');
  return desk;
}

/** Has a component drawn again when any of these has changed, though it shows none of them itself. */
export function follow(...signals: readonly ReadonlySignal<unknown>[]): void {
  // Reading is what follows.
  for (const { value } of signals) if (value === signals) return;
}

/** Opens the desk of somebody who has shown a token, or needs none; `logOut` is called once it is no longer good as well. */
export function openDesk(who: Who, token: string | undefined, logOut: () => void): Desk {
  const http = createHttp(token, logOut);
  const linkState = signal<LinkState>({ kind: 'connecting' });
  const clock = signal(nowMs());
  const link = new LiveLink({
    ...{ nowMs, after, random },
    open: (events) => openSocket(token, events),
    onState: (state) => {
      linkState.value = state;
      if (state.kind === 'refused') logOut();
    },
  });
  const live = followFleet(link, who);
  const status = signal<StatusJson | undefined>(undefined);
  const read = async (): Promise<void> => {
    const first = status.value === undefined;
    status.value = await http.get<StatusJson>('/v1/status').catch(() => status.value);
    if (first && status.value !== undefined) live.followEvents(status.value);
  };
  const stops = [every(1_000, () => (clock.value = nowMs()))];
  if (whyNot(who, 'FleetService/GetFleetStatus') === undefined) {
    void read();
    stops.push(every(STATUS_MS, () => void read()));
  }
  link.start();
  return {
    ...{ who, http, link, linkState, clock, status, logOut, ...live.shown },
    samples: new SampleBook(),
    sampleVersion: signal(0),
    whyNot: (method) => whyNot(who, method),
    close: () => {
      for (const stop of stops) stop();
      link.close();
    },
  };
}

/** Listens to what all pages show. Changes are shown together, once for each picture. */
function followFleet(link: LiveLink, who: Who) {
  const fleet = new FleetMirror();
  const events = new EventBook();
  const fleetVersion = signal(0);
  const eventVersion = signal(0);
  const showFleet = onNextPicture(() => (fleetVersion.value += 1));
  const showEvents = onNextPicture(() => (eventVersion.value += 1));
  if (whyNot(who, 'FleetService/WatchFleet') === undefined)
    link.listen({
      ...{ topic: 'fleet', isResumed: true },
      onAnew: () => {
        fleet.beginAnew();
      },
      take: ({ revision = '0', synced = false, data, type }) => {
        if (type !== 'Fleet') return;
        // As the topic is documented.
        fleet.take({ revision, synced, data: listOf(data) as readonly FleetChangeJson[] });
        showFleet();
      },
    });
  const followEvents = ({ revision }: StatusJson): void => {
    const from = String(Math.max(1, Number(revision) - EVENT_REVISIONS));
    link.listen({
      ...{ topic: 'events', isResumed: true, from },
      take: ({ type, data }: ServerFrame) => {
        if (type !== 'Events') return;
        // As above.
        events.take(listOf(data) as readonly EventJson[]);
        showEvents();
      },
    });
  };
  return { shown: { fleet, events, fleetVersion, eventVersion }, followEvents };
}

/** What a frame of the contract holds. */
function listOf(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? data : [];
}
