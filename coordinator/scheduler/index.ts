export { Scheduler } from './scheduler.js';
export type { SchedulerOptions } from './scheduler.js';
export type { PlacementPlan, PlannedMiner } from './plan.js';
