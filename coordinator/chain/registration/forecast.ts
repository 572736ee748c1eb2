/** One of a subnet's, as far as its place there is in danger. */
export interface PlaceHolder {
  readonly uid: number;
  /** By which the chain prunes: the lowest first. */
  readonly score: bigint;
  readonly registeredAt: number;
}

/** What decides who has to leave a subnet that is full. */
export interface PruningTerms {
  readonly best: number;
  readonly holders: readonly PlaceHolder[];
  readonly places: number | undefined;
  /** Blocks for which nobody is pruned after the registration. */
  readonly immunity: number;
  /** How many past their immunity are to remain, whatever they earn; 0 where the chain has no such rule. */
  readonly leastNotImmune: number;
  /** Never pruned. */
  readonly exempt: ReadonlySet<number>;
}

/** How near a hotkey is to losing its place. */
export interface Forecast {
  /** Blocks of immunity left; 0 once it is over. */
  readonly immuneBlocks: number;
  /** Its place in the order in which they would be pruned, from 1; undefined for one that is exempt. */
  readonly rank: number | undefined;
  /** How many can be pruned at all. */
  readonly prunable: number;
  /** Places that nobody has; undefined where the chain does not say how many there are. */
  readonly free: number | undefined;
  /** Registrations after which it would be pruned if nothing else changed; undefined for one that is exempt. */
  readonly registrationsLeft: number | undefined;
  /** Registrations in the last `DAY_BLOCKS` that are still there. */
  readonly registrationsPerDay: number;
}

/** A day of blocks of 12 seconds. */
export const DAY_BLOCKS = 7_200;

/**
 * How near a uid is to being pruned: the lowest score goes first, the older of equals, then the lower uid; those who are
 * immune only after the others, or as soon as no more than `leastNotImmune` of those are left. Undefined for one that is not
 * there. Pure.
 */
export function forecastOf(terms: PruningTerms, uid: number): Forecast | undefined {
  const { best, holders, places, immunity } = terms;
  const own = holders.find((holder) => holder.uid === uid);
  if (own === undefined) return undefined;
  const order = pruningOrder(terms);
  const at = order.indexOf(uid);
  const rank = at < 0 ? undefined : at + 1;
  const free = places === undefined ? undefined : Math.max(0, places - holders.length);
  return {
    immuneBlocks: Math.max(0, own.registeredAt + immunity - best),
    ...{ rank, free, prunable: order.length },
    registrationsLeft: rank === undefined ? undefined : rank + (free ?? 0),
    registrationsPerDay: holders.filter(({ registeredAt }) => best - registeredAt < Math.min(DAY_BLOCKS, best)).length,
  };
}

function pruningOrder({ holders, exempt, best, immunity, leastNotImmune }: PruningTerms): number[] {
  const candidates = holders.filter(({ uid }) => !exempt.has(uid)).sort(byDanger);
  const isImmune = ({ registeredAt }: PlaceHolder): boolean => best - registeredAt < immunity;
  const open = candidates.filter((holder) => !isImmune(holder));
  const first = Math.max(0, open.length - leastNotImmune);
  return [...open.slice(0, first), ...candidates.filter(isImmune), ...open.slice(first)].map(({ uid }) => uid);
}

function byDanger(a: PlaceHolder, b: PlaceHolder): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.registeredAt - b.registeredAt || a.uid - b.uid;
}
