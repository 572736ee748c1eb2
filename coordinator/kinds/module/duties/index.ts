export { ChainDuties } from './chain-duties.js';
