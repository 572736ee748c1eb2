export { askRelays, askRoutes } from './routes.js';
export type { AskRoutesParts } from './routes.js';
