export { CallerLimiter } from './caller-limiter.js';
export type { CallerLimits } from './caller-limiter.js';
