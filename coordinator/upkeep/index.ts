export { upkeepAlarms } from './alarms.js';
export { UpkeepLoop } from './loop.js';
export { rebootsAhead } from './plan.js';
export { calledOff, keptAfterwards, withReboot, withWindows } from './steer.js';
