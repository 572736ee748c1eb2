export { leaseRoutes } from './routes.js';
export type { LeaseRoutesParts } from './routes.js';
