import { NO_QUOTA } from '../../common/model/namespace.js';
import type { Resources } from '../../common/model/resources.js';
import { inTurn } from './queue.js';
import type { PlacementQueue } from './queue.js';
import type { WaitingGroup } from './waiting-group.js';

/** How far a namespace may get ahead of another in one turn: enough that turns are few, too little to be noticed. */
const FAIR_STEP = 0.005;

/** How many copies the quota leaves a group, at most `limit`; what is kept for one of an earlier turn is not its. */
export function quotaRoom(queue: PlacementQueue, group: WaitingGroup, limit: number, nowMs: number): number {
  const { account, demand } = group;
  if (account.quota === NO_QUOTA) return limit;
  const claimant = queue.quotaWaits.claimant(account.namespace, nowMs);
  const isBehind = claimant !== undefined && claimant !== group && inTurn(claimant, group);
  return account.room(demand, limit, isBehind ? claimant.demand : undefined);
}

/** Copies that a group may place before another namespace, whose share is `rival`, has its turn; at least one. */
export function fairStep({ account, demand }: WaitingGroup, rival: number, totals: Resources): number {
  const reached = Math.max(rival, account.share(totals));
  return account.copiesUntil(reached + FAIR_STEP, demand, totals);
}
