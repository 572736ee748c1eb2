/** Of both contenders' containers. */
export const LIMITS = { cpuMillis: 1_000, memoryBytes: 256n * 2n ** 20n, diskBytes: 2n ** 30n, pids: 256 } as const;
