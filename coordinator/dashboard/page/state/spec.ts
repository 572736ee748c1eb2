import type { ContainerJson, SpecJson } from './wire.js';

/** What of a miner runs as a container, whatever its kind; undefined for one that runs none. Pure. */
export function containerOf({ container, module, lease, model }: SpecJson): ContainerJson | undefined {
  return container ?? module?.container ?? lease?.container ?? model?.container;
}
