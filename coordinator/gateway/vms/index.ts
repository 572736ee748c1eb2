import type { Route } from '../route.js';
import type { VmRoutesParts } from './parts.js';
import { dockerRoutes } from './docker-routes.js';
import { execRoute } from './exec-route.js';
import { validatorRoute } from './validator-route.js';
import { vmRoutes } from './vm-routes.js';

export type { VmRoutesParts } from './parts.js';

/** TensorNode's routes. */
export function tensorNodeRoutes(parts: VmRoutesParts): Route[] {
  return [...vmRoutes(parts), ...dockerRoutes(parts), execRoute(parts.prefix), validatorRoute(parts)];
}
