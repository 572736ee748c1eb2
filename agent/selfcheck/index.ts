export { NEW_CLOCK_STATE, judgeClock } from './clock-check.js';
export type { ClockSample, ClockState } from './clock-check.js';
export { SelfCheck } from './self-check.js';
