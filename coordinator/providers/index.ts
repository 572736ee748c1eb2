export { removeHost } from './leave-fleet.js';
export type { MachineChange, Machines } from './machines.js';
export { openMachines } from './open-machines.js';
export type { MachineWish } from './port.js';
export { machineNotFound } from './refusals.js';
export type { MachineKeys } from './ssh/machine-keys.js';
