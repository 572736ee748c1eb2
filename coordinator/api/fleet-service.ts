import type { FleetService, WatchFleetRequest } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { alerts } from './alerts.js';
import type { WatchScope } from './fleet-changes.js';
import { fleetFigures } from './fleet-figures.js';
import { instanceLists } from './instance-lists.js';
import { instanceStreams } from './instance-streams.js';
import { minerChanges } from './miner-changes.js';
import { minerLists } from './miner-lists.js';
import { namespaces } from './namespaces.js';
import type { HandlerParts } from './parts.js';
import type { Scope } from './scope.js';
import { streamEvents } from './stream-events.js';
import type { EventsParts } from './stream-events.js';
import { rebalancing } from './rebalance.js';
import type { Views } from './views.js';
import { WatchFeeds } from './watch-feeds.js';
import { watchFleet } from './watch-fleet.js';

/** The service that operators and integrating programs call. */
export function fleetService(parts: HandlerParts, views: Views): ServiceImplementation<typeof FleetService> {
  return {
    ...minerChanges(parts, views),
    ...minerLists(parts, views),
    ...instanceLists(parts, views),
    ...instanceStreams(parts),
    ...fleetFigures(parts),
    ...alerts(parts),
    ...namespaces(parts),
    ...rebalancing(parts),
    ...fleetWatches(parts, views),
  };
}

/** The handlers that tell what happens as it happens. */
export function fleetWatches(
  parts: Pick<HandlerParts, 'fleet' | 'clock' | 'scopes' | 'yieldTurn'>,
  views: Views,
): Pick<ServiceImplementation<typeof FleetService>, 'watchFleet' | 'streamEvents'> {
  const { fleet, clock, scopes } = parts;
  const watch = { fleet, clock, views };
  const watches: Parameters<typeof watchFleet>[0]['feeds'] = new WatchFeeds(parts);
  const events: EventsParts['feeds'] = new WatchFeeds(parts);
  return {
    watchFleet: (request, { signal, caller }) =>
      watchFleet({ ...watch, feeds: watches }, fromRevision(request), scopeOf(request, scopes.of(caller)), signal),
    streamEvents: (request, { signal, caller }) =>
      streamEvents({ fleet, clock, feeds: events }, { request, scope: scopes.of(caller) }, signal),
  };
}

/** The revision a watch begins after. */
export function fromRevision(request: { readonly fromRevision: bigint }): number {
  return numberFromWire(request.fromRevision, 'from_revision');
}

function scopeOf({ miners, instances, hosts, miner }: WatchFleetRequest, sight: Scope): WatchScope {
  if (miners || instances || hosts) return { miners, instances, hosts, miner, sight };
  return { miners: true, instances: true, hosts: miner === '', miner, sight };
}
