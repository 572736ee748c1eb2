export { Autoscaler } from './autoscaler.js';
