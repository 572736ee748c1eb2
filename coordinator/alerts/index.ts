export { openAlerts } from './open-alerts.js';
export { tryTargets } from './try-targets.js';
export type { TargetTrial } from './try-targets.js';
export type { AlertDesk } from './open-alerts.js';
export { ALERT_RULES } from './rules.js';
export type { AlertState } from './standing.js';
