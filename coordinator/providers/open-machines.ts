import { FleetProvider } from './fleet/fleet-provider.js';
import { MachineLoop } from './machine-loop.js';
import type { MachineLoopParts } from './machine-loop.js';
import { Machines } from './machines.js';
import type { MachinesParts } from './machines.js';

/** Machines of all providers that are configured, and the loop that carries them through. */
export function openMachines(parts: Omit<MachinesParts & MachineLoopParts, 'providers'>): {
  readonly machines: Machines;
  readonly machineLoop: MachineLoop;
} {
  const providers = [new FleetProvider()];
  return { machines: new Machines({ ...parts, providers }), machineLoop: new MachineLoop({ ...parts, providers }) };
}
