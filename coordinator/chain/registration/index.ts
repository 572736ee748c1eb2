export { isPrivate } from './endpoint-address.js';
export { judgeStanding, wasRegistered } from './judge-standing.js';
export { planRegistration, planServing, planSubnet, planWeights } from './plans.js';
export { probeEndpoint, requireReachable } from './probe.js';
export { readStanding } from './read-standing.js';
export type { HotkeyStanding } from './read-standing.js';
