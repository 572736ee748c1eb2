export { Hygiene } from './hygiene.js';
export type { HygieneSettings } from './hygiene.js';
