export { describeCapabilities } from './network/describe-capabilities.js';
export { judgeEndpoints, shownEndpoint } from './network/endpoint.js';
export { readBalance } from './network/readers/account.js';
export { readSubnets } from './network/readers/subnets.js';
export type { Subnet } from './network/readers/subnets.js';
export { addNetwork, removeNetwork } from './network-records.js';
export { Networks } from './networks.js';
