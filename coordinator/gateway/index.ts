export { openGateway } from './gateway.js';
export type { Gateway } from './gateway.js';
export { openStandByGateway } from './stand-by-gateway.js';
