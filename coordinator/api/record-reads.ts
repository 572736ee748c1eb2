import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { methodPath } from '../../common/rpc/index.js';
import { LiveBoard } from '../sessions/index.js';
import { fleetWatches } from './fleet-service.js';
import { instanceLists } from './instance-lists.js';
import { minerLists } from './miner-lists.js';
import type { HandlerParts } from './parts.js';
import { Scopes } from './scope.js';
import { Views } from './views.js';
import type { ViewParts } from './views.js';

/** What of the fleet's service is answered from its records alone, and may be by whoever has them: methods by their local names. */
const FLEET_READS = [
  'getMiner',
  'listMiners',
  'getMinerHistory',
  'listInstances',
  'watchFleet',
  'streamEvents',
] as const satisfies readonly (keyof typeof FleetService.method)[];

/** Handlers of those methods. */
export type FleetReads = Pick<ServiceImplementation<typeof FleetService>, (typeof FLEET_READS)[number]>;

/** The methods that `recordReads` answers, by their paths. */
export const RECORD_READS: ReadonlySet<string> = new Set(
  FLEET_READS.map((name) => methodPath(FleetService.method[name])),
);

/** The handlers that need but the records. */
export function recordReads(parts: Omit<ViewParts, 'board'> & Pick<HandlerParts, 'clock' | 'yieldTurn'>): FleetReads {
  const board = new LiveBoard();
  const handlers = { ...parts, board, scopes: new Scopes(parts.fleet) };
  const views = new Views(handlers);
  const { listInstances } = instanceLists(handlers, views);
  return { ...minerLists(handlers, views), listInstances, ...fleetWatches(handlers, views) };
}
