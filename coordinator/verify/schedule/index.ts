export { openSchedule } from './open-schedule.js';
