export { openAlerts } from './open-alerts.js';
export { tryTargets } from './try-targets.js';
export type { TargetTrial } from './try-targets.js';
