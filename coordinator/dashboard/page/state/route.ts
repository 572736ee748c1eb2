/** A page of the dashboard; `of` is the one thing that it shows, '' for none. */
export interface Place {
  readonly page: PageName;
  readonly of: string;
}

/** All pages, in the order of the navigation; those of one thing stand below their list. */
export const PAGES = [
  'overview',
  'hosts',
  'miners',
  'instances',
  'deploy',
  'models',
  'leases',
  'stake',
  'scores',
  'plots',
  'events',
] as const;

/** Name of a page, as the address has it. */
export type PageName = (typeof PAGES)[number];

/** What a page is called. */
export const TITLES: Readonly<Record<PageName, string>> = {
  overview: 'Overview',
  hosts: 'Hosts',
  miners: 'Miners',
  instances: 'Instances',
  deploy: 'Deploy',
  models: 'Models',
  leases: 'Leases',
  stake: 'Stake & rewards',
  scores: 'Scores',
  plots: 'Plots',
  events: 'Events',
};

/** The place that the part of an address after `#` names; the overview for what names none. Pure. */
export function placeOf(hash: string): Place {
  const [page = '', ...rest] = hash.replace(/^#?\/?/, '').split('/');
  const found = PAGES.find((name) => name === page);
  if (found === undefined) return { page: 'overview', of: '' };
  return { page: found, of: decoded(rest.join('/')) };
}

/** The address of a place, to be linked to. Pure. */
export function hrefOf(page: PageName, of = ''): string {
  return of === '' ? `#/${page}` : `#/${page}/${encodeURIComponent(of)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
