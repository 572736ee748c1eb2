export { RenewalOrders } from './renewal-orders.js';
export { Rotation } from './rotation.js';
export type { RotationView } from './rotation.js';
