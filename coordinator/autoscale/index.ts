export { Autoscaler } from './autoscaler.js';
export { autoscaleViewOf } from './view.js';
