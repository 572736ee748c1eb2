export { ChainDuties } from './chain-duties.js';
export { placeAlarms } from './place-alarms.js';
