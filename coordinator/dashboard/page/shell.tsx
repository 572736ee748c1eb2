import { useSignal } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { useEffect } from 'preact/hooks';
import { useDesk } from './desk.js';
import type { Theme } from './edge/kept.js';
import { span } from './state/format.js';
import type { Method } from './state/permits.js';
import { PAGES, TITLES, hrefOf, placeOf } from './state/route.js';
import type { PageName, Place } from './state/route.js';
import { chooseTheme, theme } from './theme.js';
import { Empty, PageHead } from './ui/card.js';
import { Notice } from './ui/notice.js';
import { Deploy } from './views/deploy.js';
import { Events } from './views/events.js';
import { HostPage } from './views/host.js';
import { Hosts } from './views/hosts.js';
import { InstancePage } from './views/instance.js';
import { Instances } from './views/instances.js';
import { Leases } from './views/leases.js';
import { MinerPage } from './views/miner.js';
import { Miners } from './views/miners.js';
import { ModelPage, Models } from './views/models.js';
import { Overview } from './views/overview.js';
import { Plots } from './views/plots.js';
import { Scores } from './views/scores.js';
import { Stake } from './views/stake.js';

/** What each page shows, and of one thing. */
const VIEWS: Readonly<Record<PageName, (of: string) => ComponentChild>> = {
  overview: () => <Overview />,
  hosts: (of) => (of === '' ? <Hosts /> : <HostPage key={of} id={of} />),
  miners: (of) => (of === '' ? <Miners /> : <MinerPage key={of} name={of} />),
  instances: (of) => (of === '' ? <Instances /> : <InstancePage key={of} id={of} />),
  deploy: () => <Deploy />,
  models: (of) => (of === '' ? <Models /> : <ModelPage key={of} name={of} />),
  leases: () => <Leases />,
  stake: () => <Stake />,
  scores: () => <Scores />,
  plots: () => <Plots />,
  events: () => <Events />,
};
/** A page is shown to those who may ask for what it shows. */
const METHODS: Readonly<Record<PageName, Method>> = {
  overview: 'FleetService/WatchFleet',
  hosts: 'FleetService/WatchFleet',
  miners: 'FleetService/WatchFleet',
  instances: 'FleetService/WatchFleet',
  deploy: 'FleetService/ApplyMiners',
  models: 'RouterService/ListModels',
  leases: 'LeaseService/ListLeases',
  stake: 'StakeService/ListStakePolicies',
  scores: 'ChallengeService/ListScores',
  plots: 'PlotService/ListPlots',
  events: 'FleetService/StreamEvents',
};
/** The coordinator is heard every few seconds; what is older than this is marked, in milliseconds. */
const STALE_MS = 12_000;

/** The frame of all pages: where one can go, who is there, and how old what is shown is. */
export function Shell({ onLeave }: { readonly onLeave: () => void }) {
  const { whyNot } = useDesk();
  const pages = PAGES.filter((page) => whyNot(METHODS[page]) === undefined);
  const place = usePlace(pages);
  const isMenuOpen = useSignal(false);
  return (
    <div class="shell">
      <a class="skip" href="#title" onClick={focusTitle}>
        To the content
      </a>
      <header class="top">
        <button
          type="button"
          class="menu"
          aria-expanded={isMenuOpen.value}
          aria-controls="nav"
          onClick={() => (isMenuOpen.value = !isMenuOpen.value)}
        >
          Menu
        </button>
        <a class="brand" href={hrefOf('overview')}>
          Headframe
        </a>
        <Age />
        <span class="grow" />
        <WhoIsThere onLeave={onLeave} />
      </header>
      <nav id="nav" class={isMenuOpen.value ? 'nav open' : 'nav'} aria-label="Pages">
        <ul>
          {pages.map((page) => (
            <li key={page}>
              <a
                href={hrefOf(page)}
                aria-current={place.page === page ? 'page' : undefined}
                onClick={() => (isMenuOpen.value = false)}
              >
                {TITLES[page]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main class="content">
        <Away />
        {pages.includes(place.page) ? VIEWS[place.page](place.of) : <Nothing place={place} />}
      </main>
    </div>
  );
}

function Nothing({ place }: { readonly place: Place }) {
  const { whyNot } = useDesk();
  return (
    <>
      <PageHead title={TITLES[place.page]} />
      <Empty title="There is nothing here for this role">{whyNot(METHODS[place.page])}</Empty>
    </>
  );
}

function focusTitle(event: Event): void {
  event.preventDefault();
  document.getElementById('title')?.focus();
}

/** Where the address says that one is; the focus goes along, so that a screen reader tells where. */
function usePlace(pages: readonly PageName[]): Place {
  const hash = useSignal(location.hash);
  useEffect(() => {
    const follow = (): void => {
      hash.value = location.hash;
      scrollTo(0, 0);
      requestAnimationFrame(() => document.getElementById('title')?.focus({ preventScroll: true }));
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, []);
  const place = placeOf(hash.value);
  const shown = hash.value === '' && !pages.includes('overview') ? { page: pages[0] ?? 'overview', of: '' } : place;
  const title = shown.of === '' ? TITLES[shown.page] : shown.of;
  useEffect(() => {
    document.title = `${title} · Headframe`;
  }, [title]);
  return shown;
}

/** How old what is shown is. */
function Age() {
  const { linkState, clock, link } = useDesk();
  const ageMs = Math.max(0, clock.value - link.heardAtMs);
  const { kind } = linkState.value;
  const isLive = kind === 'live' && ageMs < STALE_MS;
  const text = link.heardAtMs === 0 ? 'connecting' : isLive ? 'live' : `${span(ageMs)} old`;
  return (
    <span class={`age ${isLive ? 'age-live' : 'age-old'}`} title="When the coordinator was heard last">
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}

/** Says that what is shown is no longer so. */
function Away() {
  const { linkState, clock, link } = useDesk();
  const state = linkState.value;
  const isSilent = state.kind === 'live' && clock.value - link.heardAtMs >= STALE_MS;
  if (link.heardAtMs === 0 && state.kind === 'connecting') return null;
  if (state.kind === 'live' && !isSilent) return null;
  const waitMs = state.kind === 'away' ? Math.max(0, state.retryAtMs - clock.value) : 0;
  return (
    <Notice tone="warn">
      <p>
        The coordinator is not heard: what you see is as it was {span(clock.value - link.heardAtMs)} ago.{' '}
        {state.kind === 'away' && waitMs > 0 ? `Trying again in ${span(waitMs + 999)}.` : 'Trying again …'}{' '}
        {state.kind === 'away' && (
          <button
            type="button"
            onClick={() => {
              link.retryNow();
            }}
          >
            Try now
          </button>
        )}
      </p>
    </Notice>
  );
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'Auto'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function WhoIsThere({ onLeave }: { readonly onLeave: () => void }) {
  const { who } = useDesk();
  return (
    <div class="who">
      <span class="who-name" title={who.namespaces.length > 0 ? `held to ${who.namespaces.join(', ')}` : undefined}>
        {who.name} <span class="muted">{who.role}</span>
      </span>
      <select
        aria-label="Theme"
        value={theme.value}
        onChange={(event) => {
          const chosen = THEMES.find(([name]) => name === event.currentTarget.value);
          if (chosen !== undefined) chooseTheme(chosen[0]);
        }}
      >
        {THEMES.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <button type="button" onClick={onLeave}>
        Log out
      </button>
    </div>
  );
}
