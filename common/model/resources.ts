/** Amounts of what a host has and an instance takes; `cpuMillis` are thousandths of a logical CPU, `gpus` whole devices. */
export interface Resources {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly gpus: number;
}

/** Nothing of anything. */
export const NO_RESOURCES: Resources = Object.freeze({ cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 });

/** Adds `b` taken `times` times to `a`. */
export function addResources(a: Resources, b: Resources, times = 1): Resources {
  return {
    cpuMillis: a.cpuMillis + b.cpuMillis * times,
    memoryBytes: a.memoryBytes + b.memoryBytes * times,
    diskBytes: a.diskBytes + b.diskBytes * times,
    gpus: a.gpus + b.gpus * times,
  };
}

/** Takes `b` from `a`; may go below zero. */
export function subtractResources(a: Resources, b: Resources): Resources {
  return addResources(a, b, -1);
}

/** Like `subtractResources`, but never below zero: what a host may allocate is claimed minus reserved. */
export function allocatableResources(claimed: Resources, reserved: Resources): Resources {
  const rest = subtractResources(claimed, reserved);
  return {
    cpuMillis: Math.max(0, rest.cpuMillis),
    memoryBytes: Math.max(0, rest.memoryBytes),
    diskBytes: Math.max(0, rest.diskBytes),
    gpus: Math.max(0, rest.gpus),
  };
}
