export { QUEUED } from './explain.js';
export { Scheduler } from './scheduler.js';
export type { PlacementHints } from './hints.js';
export type { Reservation, Reservations } from './reservations.js';
export type { Held, Sketch } from './sketch.js';
export type { SchedulerOptions } from './scheduler.js';
export type { PlacementPlan, PlannedMiner } from './plan.js';
export type { PlannedEviction } from './preemption/planned.js';
