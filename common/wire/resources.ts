import { create } from '@bufbuild/protobuf';
import { ResourcesSchema } from '../gen/headframe/v1/resource_pb.js';
import type { Resources as WireResources } from '../gen/headframe/v1/resource_pb.js';
import type { ResourceRequest } from '../model/miner.js';
import { NO_RESOURCES } from '../model/resources.js';
import type { Resources } from '../model/resources.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** Puts amounts on the wire; without `pids` the process limit is 0. */
export function resourcesToWire(resources: Resources & { readonly pids?: number }): WireResources {
  return create(ResourcesSchema, {
    cpuMillis: resources.cpuMillis,
    memoryBytes: numberToWire(resources.memoryBytes, 'memory'),
    diskBytes: numberToWire(resources.diskBytes, 'disk'),
    gpus: resources.gpus,
    pids: resources.pids ?? 0,
  });
}

/** Reads amounts; an absent message is nothing of anything. `path` is for errors. */
export function resourcesFromWire(message: WireResources | undefined, path: string): Resources {
  if (message === undefined) return NO_RESOURCES;
  return {
    cpuMillis: message.cpuMillis,
    memoryBytes: numberFromWire(message.memoryBytes, `${path}.memory`),
    diskBytes: numberFromWire(message.diskBytes, `${path}.disk`),
    gpus: message.gpus,
  };
}

/** Reads what an instance asks for, process limit included. */
export function requestFromWire(message: WireResources | undefined, path: string): ResourceRequest {
  return { ...resourcesFromWire(message, path), pids: message?.pids ?? 0 };
}
