export { eventsOf } from './events.js';
export { heldBy, holdingCount } from './held.js';
export { FollowedFleet } from './followed-fleet.js';
export { openFleet } from './fleet.js';
export type { Fleet, FleetOptions } from './fleet.js';
